using UniMed.PtxMachine.Execution;
using UniMed.PtxMachine.Operations;
using UniMed.PtxMachine.Syntax;

namespace UniMed.PtxMachine.Decoding;

/// <summary>Makes a kernel ready to run.</summary>
internal sealed unsafe class Decoder
{
    private readonly PtxKernel _kernel;
    private readonly RegisterMap _registers;
    private readonly SharedLayout _shared;
    private readonly int[] _offsets;

    private Decoder(PtxModule module, PtxKernel kernel)
    {
        _kernel = kernel;
        _registers = new RegisterMap(kernel);
        _shared = new SharedLayout(module, kernel);
        _offsets = new int[kernel.Parameters.Count];
        int at = 0;
        for (int i = 0; i < _offsets.Length; i++)
        {
            PtxVariable parameter = kernel.Parameters[i];
            at = (at + parameter.Alignment - 1) / parameter.Alignment * parameter.Alignment;
            _offsets[i] = at;
            at += parameter.Bytes;
        }
    }

    /// <summary>Makes a kernel ready.</summary>
    /// <exception cref="PtxSyntaxException">It has an instruction that the machine does not know.</exception>
    public static Program Decode(PtxModule module, PtxKernel kernel) => new Decoder(module, kernel).Decode();

    private Program Decode()
    {
        int count = _kernel.Instructions.Count;
        var code = new Instruction[count];
        var operands = new DecodedOperands[count];
        for (int i = 0; i < count; i++)
            (code[i], operands[i]) = Decode(_kernel.Instructions[i]);
        var flow = new ControlFlow(_kernel, operands);
        for (int i = 0; i < count; i++)
        {
            if (operands[i].Target >= 0)
                code[i].Reconvergence = flow.MeetingPointOf(i);
        }

        new DefiniteAssignment(flow, _kernel, operands, _registers.Count).Mark(code);
        return new Program
        {
            Name = _kernel.Name,
            Code = code,
            RegisterBytes = _registers.Bytes,
            Predicates = _registers.Predicates,
            Registers = _registers.Count,
            RegisterNames = _registers.Names,
            Slots = _registers.Slots,
            ParameterBytes = [.. _kernel.Parameters.Select(parameter => parameter.Bytes)],
            ParameterOffsets = _offsets,
            Shared = [.. _shared.Pieces],
            DynamicShared = _shared.Dynamic,
            MaxThreads = _kernel.MaxThreads,
        };
    }

    private (Instruction Instruction, DecodedOperands Operands) Decode(PtxInstruction written)
    {
        IReadOnlyList<Form> forms = Opcodes.Find(written.Opcode);
        if (forms.Count == 0)
            throw Error(written, $"{written.Opcode} is an opcode that the machine does not know (in: {written.Text})");
        string problem = "";
        foreach (Form form in forms)
        {
            try
            {
                DecodedOperands operands = Operands(written, form);
                return (Make(written, form, operands), operands);
            }
            catch (FormatException error) when (error is not PtxSyntaxException)
            {
                problem = error.Message;
            }
        }

        throw Error(written, $"{problem} (in: {written.Text})");
    }

    private Instruction Make(PtxInstruction written, Form form, DecodedOperands operands)
    {
        int guard = -1;
        delegate*<Warp, Instruction, void> run = form.Run;
        long number = form.Number + operands.Number;
        if (written.Guard is { } name)
        {
            int register = _registers.NumberOf(name);
            if (register < 0 || _registers.WidthOf(register) != RegisterWidth.Predicate)
                throw Error(written, $"the guard {name} is not a predicate of this kernel");
            if (operands.Target >= 0)
            {
                operands.Read.Add(register);
                operands.Places.Insert(0, _registers.PlaceOf(register));
                run = written.Opcode == "bra.uni" ? &Control.BranchIfAllAgree : &Control.BranchIf;
                number = written.GuardNegated ? 1 : 0;
            }
            else
            {
                operands.Guard = register;
                guard = _registers.PlaceOf(register);
            }
        }

        if (written.Opcode == "bar.sync" && number != 0)
            throw Error(written, "only barrier 0 is known");
        if (written.Opcode.StartsWith("cp.async.cg", StringComparison.Ordinal) && number != AsyncCopies.Bytes)
            throw Error(written, $"cp.async.cg copies {AsyncCopies.Bytes} bytes");
        int Place(int i) => i < operands.Places.Count ? operands.Places[i] : 0;
        return new Instruction
        {
            Run = run,
            Line = written.Line,
            Text = written.Text.TrimEnd(';'),
            Operands = [.. operands.Places],
            D = Place(0),
            A = Place(1),
            B = Place(2),
            C = Place(3),
            Number = number,
            ElementBytes = form.ElementBytes,
            Elements = form.Elements,
            IsWidening = form.IsWidening,
            Target = operands.Target,
            Guard = guard,
            GuardNegated = written.GuardNegated,
        };
    }

    /// <summary>Takes the operands apart as a form asks; a <see cref="FormatException"/> where they are not of its shape.</summary>
    private DecodedOperands Operands(PtxInstruction written, Form form)
    {
        var decoded = new DecodedOperands();
        string shape = form.Shape;
        bool writes = true;
        int next = 0;
        for (int s = 0; s < shape.Length; s++)
        {
            if (shape[s] == ':')
            {
                writes = false;
                continue;
            }

            if (next == written.Operands.Count)
                throw new FormatException($"{written.Opcode} has too few operands");
            PtxOperand operand = written.Operands[next++];
            if (char.IsAsciiDigit(shape[s]))
            {
                int elements = shape[s++] - '0';
                if (elements == 1 && operand.Kind != OperandKind.Vector)
                {
                    Add(decoded, operand, shape[s], writes, form);
                    continue;
                }

                if (operand.Kind != OperandKind.Vector || operand.Parts.Count != elements)
                    throw new FormatException($"a vector of {elements} is expected");
                foreach (PtxOperand part in operand.Parts)
                    Add(decoded, part, shape[s], writes, form);
            }
            else if (s + 1 < shape.Length && shape[s + 1] == '|')
            {
                if (operand.Kind != OperandKind.Pair)
                    throw new FormatException("a register and a predicate with | between them are expected");
                Add(decoded, operand.Parts[0], shape[s], writes, form);
                s += 2;
                Add(decoded, operand.Parts[1], shape[s], writes, form);
            }
            else
            {
                Add(decoded, operand, shape[s], writes, form);
            }
        }

        return next == written.Operands.Count ? decoded : throw new FormatException($"{written.Opcode} has too many operands");
    }

    private void Add(DecodedOperands decoded, PtxOperand operand, char letter, bool writes, Form form)
    {
        switch (letter)
        {
            case 'n' when operand.Kind == OperandKind.Integer:
                if (decoded.Number != 0)
                    throw new FormatException("an address with something added is not known here");
                decoded.Number = (long)operand.Bits;
                break;
            case 'l' when operand.Kind == OperandKind.Symbol:
                decoded.Target = _kernel.Labels.TryGetValue(operand.Name, out int target) ? target : throw new FormatException($"there is no label {operand.Name}");
                break;
            case 'm' when operand.Kind == OperandKind.Address:
                decoded.Places.Add(Parameter(operand, form.ElementBytes));
                break;
            case 'g' when operand.Kind == OperandKind.Address:
                decoded.Number += (long)operand.Bits;
                decoded.Places.Add(Register(decoded, operand.Name, RegisterWidth.Bits64, writes: false));
                break;
            case 's' when operand.Kind == OperandKind.Address:
                decoded.Number += (long)operand.Bits;
                decoded.Places.Add(_shared.AddressOf(operand.Name) is { } address
                    ? _registers.Slot(SlotKind.Constant, wide: false, (ulong)address)
                    : Register(decoded, operand.Name, RegisterWidth.Bits32, writes: false));
                break;
            case 'S' when operand.Kind == OperandKind.Address && operand.Name.StartsWith('%'):
                decoded.Number += (long)operand.Bits;
                decoded.Places.Add(Register(decoded, operand.Name, RegisterWidth.Bits64, writes: false));
                break;
            case 'p' or 'h' or 'w' or 'q':
                decoded.Places.Add(Value(decoded, operand, letter, writes));
                break;
            default:
                throw new FormatException($"operand {operand.Name} is of another kind than the opcode takes");
        }
    }

    private int Value(DecodedOperands decoded, PtxOperand operand, char letter, bool writes)
    {
        RegisterWidth width = letter switch
        {
            'p' => RegisterWidth.Predicate,
            'h' => RegisterWidth.Bits16,
            'w' => RegisterWidth.Bits32,
            _ => RegisterWidth.Bits64,
        };
        if (operand.Kind == OperandKind.Register)
            return Register(decoded, operand.Name, width, writes);
        if (writes)
            throw new FormatException("the destination is not a register");
        switch (operand.Kind)
        {
            case OperandKind.Integer when letter == 'p':
                return operand.Bits == 0 ? _registers.False : _registers.True;
            case OperandKind.Integer:
                return _registers.Slot(SlotKind.Constant, letter == 'q', letter == 'q' ? operand.Bits : operand.Bits & (letter == 'h' ? 0xFFFFu : uint.MaxValue));
            case OperandKind.Float when letter == 'w':
            case OperandKind.Double when letter == 'q':
                return _registers.Slot(SlotKind.Constant, letter == 'q', operand.Bits);
            case OperandKind.Special when letter == 'w':
                return Special(operand.Name);
            case OperandKind.Symbol when letter is 'w' or 'q' && _shared.AddressOf(operand.Name) is { } address:
                return _registers.Slot(SlotKind.Constant, letter == 'q', (ulong)address);
            default:
                throw new FormatException($"operand {operand.Name} is of another kind or width than the opcode takes");
        }
    }

    private int Register(DecodedOperands decoded, string name, RegisterWidth width, bool writes)
    {
        int number = _registers.NumberOf(name);
        if (number < 0)
            throw new FormatException($"{name} is not declared");
        if (_registers.WidthOf(number) != width)
            throw new FormatException($"{name} is of another width than the opcode takes: {_registers.WidthOf(number)}, not {width}");
        (writes ? decoded.Written : decoded.Read).Add(number);
        return _registers.PlaceOf(number);
    }

    private int Parameter(PtxOperand operand, int bytes)
    {
        int index = _kernel.Parameters.FindIndex(parameter => parameter.Name == operand.Name);
        if (index < 0)
            throw new FormatException($"there is no parameter {operand.Name}");
        if ((long)operand.Bits < 0 || (long)operand.Bits + bytes > _kernel.Parameters[index].Bytes || operand.Bits % (ulong)bytes != 0)
            throw new FormatException($"{bytes} bytes from {operand.Bits} on are not in parameter {operand.Name} of {_kernel.Parameters[index].Bytes} bytes");
        return _registers.Slot(SlotKind.Parameter, bytes == 8, (ulong)_offsets[index] + operand.Bits);
    }

    private int Special(string name) => name switch
    {
        "%tid.x" => _registers.Slot(SlotKind.ThreadX, false, 0),
        "%ntid.x" => _registers.Slot(SlotKind.ThreadsX, false, 0),
        "%ctaid.x" => _registers.Slot(SlotKind.BlockX, false, 0),
        "%ctaid.y" => _registers.Slot(SlotKind.BlockY, false, 0),
        "%ctaid.z" => _registers.Slot(SlotKind.BlockZ, false, 0),
        "%nctaid.x" => _registers.Slot(SlotKind.BlocksX, false, 0),
        "%nctaid.y" => _registers.Slot(SlotKind.BlocksY, false, 0),
        "%nctaid.z" => _registers.Slot(SlotKind.BlocksZ, false, 0),
        "%dynamic_smem_size" => _registers.Slot(SlotKind.DynamicSharedBytes, false, 0),
        "%laneid" => _registers.Slot(SlotKind.Lane, false, 0),
        _ => throw new FormatException($"{name} is a special register that the machine does not know"),
    };

    private PtxSyntaxException Error(PtxInstruction written, string problem) => new(_kernel.Name, written.Line, problem);
}
