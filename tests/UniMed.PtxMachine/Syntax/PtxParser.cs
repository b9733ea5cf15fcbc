using System.Globalization;

namespace UniMed.PtxMachine.Syntax;

/// <summary>
/// Reads PTX as nvcc writes it: one statement a line. Directives that say nothing about what is computed are passed
/// over by name; any other is an error.
/// </summary>
internal sealed class PtxParser
{
    private static readonly string[] PassedOver = [".version", ".target", ".address_size", ".pragma", ".minnctapersm", ".file"];

    private readonly PtxModule _module = new();
    private readonly Stack<Dictionary<string, string>> _scopes = [];
    private PtxKernel? _kernel;
    private bool _inHeader;
    private int _line;
    private int _renamed;

    private PtxParser()
    {
    }

    /// <summary>Reads a text.</summary>
    /// <exception cref="PtxSyntaxException">It has something that the machine does not know.</exception>
    public static PtxModule Parse(string text)
    {
        var parser = new PtxParser();
        foreach (string line in text.Split('\n'))
        {
            parser._line++;
            int comment = line.IndexOf("//", StringComparison.Ordinal);
            string statement = (comment < 0 ? line : line[..comment]).Trim();
            try
            {
                if (statement.Length > 0)
                    parser.Line(statement);
            }
            catch (FormatException error) when (error is not PtxSyntaxException)
            {
                throw parser.Error(error.Message);
            }
        }

        return parser._kernel is null ? parser._module : throw parser.Error("the text ends inside of this kernel");
    }

    private void Line(string line)
    {
        if (_kernel is null)
            Outside(line);
        else if (_inHeader)
            Header(line);
        else
            Inside(line);
    }

    private void Outside(string line)
    {
        string[] words = Words(line);
        if (PassedOver.Contains(words[0]))
            return;
        int entry = Array.IndexOf(words, ".entry");
        if (entry >= 0 && entry + 1 < words.Length)
        {
            int open = line.IndexOf('(', StringComparison.Ordinal);
            _kernel = new PtxKernel((open < 0 ? words[entry + 1] : words[entry + 1].Split('(')[0]).Trim());
            _inHeader = true;
            if (open >= 0 && line[(open + 1)..].Trim() is { Length: > 0 } rest)
                Header(rest);
            return;
        }

        if (words.Contains(".global"))
        {
            PtxVariable variable = Variable(line);
            _module.Global.Add(variable.Name, variable);
        }
        else if (words.Contains(".shared"))
        {
            PtxVariable variable = Variable(line);
            _module.Shared.Add(variable.Name, variable);
        }
        else
        {
            throw Error($"{line} is not a declaration that the machine knows");
        }
    }

    private void Header(string line)
    {
        PtxKernel kernel = _kernel!;
        foreach (string part in line.Split(')', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "{")
            {
                _inHeader = false;
                _scopes.Clear();
                _scopes.Push([]);
            }
            else if (part.StartsWith(".maxntid", StringComparison.Ordinal))
            {
                kernel.MaxThreads = part[8..].Split(',').Aggregate(1, (product, n) => product * Int(n));
            }
            else if (part.StartsWith(".param", StringComparison.Ordinal))
            {
                foreach (string parameter in part.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                    kernel.Parameters.Add(Variable(parameter));
            }
            else if (part is not "(" && !PassedOver.Contains(Words(part)[0]))
            {
                throw Error($"{part} is not a part of a kernel's head that the machine knows");
            }
        }
    }

    private void Inside(string line)
    {
        PtxKernel kernel = _kernel!;
        if (line == "{")
        {
            _scopes.Push([]);
        }
        else if (line == "}")
        {
            _scopes.Pop();
            if (_scopes.Count == 0)
            {
                _module.Kernels.Add(kernel.Name, kernel);
                _kernel = null;
            }
        }
        else if (line[0] == '.')
        {
            Directive(line);
        }
        else if (line[^1] == ':')
        {
            kernel.Labels.Add(line[..^1].Trim(), kernel.Instructions.Count);
        }
        else if (line[^1] == ';')
        {
            kernel.Instructions.Add(Instruction(line));
        }
        else
        {
            throw Error($"{line} is not a statement: a semicolon is missing");
        }
    }

    private void Directive(string line)
    {
        string[] words = Words(line);
        if (PassedOver.Contains(words[0]))
            return;
        if (words[0] == ".shared")
        {
            _kernel!.Shared.Add(Variable(line));
            return;
        }

        if (words[0] != ".reg" || words.Length < 3)
            throw Error($"{line} is not a directive that the machine knows");
        RegisterWidth width = Width(words[1]);
        foreach (string name in string.Concat(words[2..]).TrimEnd(';').Split(','))
        {
            int open = name.IndexOf('<', StringComparison.Ordinal);
            if (open > 0)
            {
                for (int i = 0; i < Int(name[(open + 1)..].TrimEnd('>')); i++)
                    Declare(name[..open] + i.ToString(CultureInfo.InvariantCulture), width);
            }
            else
            {
                Declare(name, width);
            }
        }
    }

    private void Declare(string name, RegisterWidth width)
    {
        string own = name;
        if (_scopes.Count > 1)
        {
            own = $"{name}#{_renamed++}";
            _scopes.Peek().Add(name, own);
        }

        if (!_kernel!.Registers.TryAdd(own, width))
            throw Error($"register {name} is declared twice");
    }

    private PtxInstruction Instruction(string line)
    {
        string text = line[..^1].Trim();
        string? guard = null;
        bool negated = false;
        if (text[0] == '@')
        {
            int space = text.IndexOf(' ', StringComparison.Ordinal);
            if (space < 0)
                throw Error($"{line}: an instruction is missing after its guard");
            negated = text[1] == '!';
            guard = Scoped(text[(negated ? 2 : 1)..space]);
            text = text[space..].Trim();
        }

        int end = text.IndexOfAny([' ', '\t']);
        string opcode = end < 0 ? text : text[..end];
        string operands = end < 0 ? "" : text[end..].Trim();
        List<PtxOperand> list = operands.Length == 0 ? [] : OperandParser.ParseList(operands);
        return new PtxInstruction(_line, line, guard, negated, opcode, [.. list.Select(Scoped)]);
    }

    private PtxOperand Scoped(PtxOperand operand) => operand.Kind switch
    {
        OperandKind.Register or OperandKind.Address => operand with { Name = Scoped(operand.Name) },
        // Inline assembly may call a register of its own by a name without a percent sign.
        OperandKind.Symbol when Scoped(operand.Name) is var own && own != operand.Name => operand with { Kind = OperandKind.Register, Name = own },
        OperandKind.Vector or OperandKind.Pair => operand with { Parts = [.. operand.Parts.Select(Scoped)] },
        _ => operand,
    };

    private string Scoped(string name)
    {
        foreach (Dictionary<string, string> scope in _scopes)
        {
            if (scope.TryGetValue(name, out string? own))
                return own;
        }

        return name;
    }

    /// <summary><c>.shared .align 16 .b8 name[64]</c>, <c>.param .u64 name</c>, <c>.global .align 2 .b8 name[4] = {8, 16}</c></summary>
    private PtxVariable Variable(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string declaration = (equals < 0 ? text : text[..equals]).TrimEnd(';', ' ', ',');
        string[] words = Words(declaration);
        int align = Array.IndexOf(words, ".align");
        int element = Bytes(words[^2]);
        string name = words[^1];
        int bytes = element;
        int open = name.IndexOf('[', StringComparison.Ordinal);
        if (open >= 0)
        {
            string count = name[(open + 1)..].TrimEnd(']');
            bytes = count.Length == 0 ? 0 : element * Int(count);
            name = name[..open];
        }

        byte[] contents = [];
        if (equals >= 0)
        {
            if (element != 1)
                throw Error("only variables of bytes can be initialized");
            contents = new byte[bytes];
            int[] values = [.. text[(equals + 1)..].Trim(' ', ';', '{', '}').Split(',').Select(Int)];
            for (int i = 0; i < values.Length; i++)
                contents[i] = (byte)values[i];
        }

        return new PtxVariable(name, align < 0 ? element : Int(words[align + 1]), bytes, contents);
    }

    private RegisterWidth Width(string type) => type == ".pred" ? RegisterWidth.Predicate : Bytes(type) switch
    {
        2 => RegisterWidth.Bits16,
        4 => RegisterWidth.Bits32,
        8 => RegisterWidth.Bits64,
        _ => throw Error($"registers of type {type} are not known"),
    };

    private int Bytes(string type) => type switch
    {
        ".b8" or ".u8" or ".s8" => 1,
        ".b16" or ".u16" or ".s16" or ".f16" => 2,
        ".b32" or ".u32" or ".s32" or ".f32" => 4,
        ".b64" or ".u64" or ".s64" or ".f64" => 8,
        _ => throw Error($"{type} is not a type that the machine knows"),
    };

    private int Int(string text) => int.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
        ? value
        : throw Error($"{text} is not a number");

    private PtxSyntaxException Error(string problem) => new(_kernel?.Name ?? "", _line, problem);

    private static string[] Words(string line) => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
}
