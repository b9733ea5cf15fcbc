using UniMed.PtxMachine.Execution;
using UniMed.PtxMachine.Syntax;

namespace UniMed.PtxMachine.Decoding;

/// <summary>Where a kernel's registers and the numbers beside them lie.</summary>
internal sealed class RegisterMap
{
    private readonly Dictionary<string, int> _numbers = [];
    private readonly List<(RegisterWidth Width, int Place)> _registers = [];
    private readonly List<string> _names = [];
    private readonly Dictionary<(SlotKind Kind, bool Wide, ulong Bits), Slot> _slots = [];
    private readonly int _predicates;
    private int _bytes;

    /// <summary>Gives every register of a kernel its place.</summary>
    public RegisterMap(PtxKernel kernel)
    {
        foreach ((string name, RegisterWidth width) in kernel.Registers)
        {
            _numbers.Add(name, _registers.Count);
            _names.Add(name);
            if (width == RegisterWidth.Predicate)
            {
                _registers.Add((width, _predicates++));
                continue;
            }

            _registers.Add((width, _bytes));
            _bytes += width == RegisterWidth.Bits64 ? Lanes.Bytes64 : Lanes.Bytes32;
        }
    }

    /// <summary>Number of registers and predicates.</summary>
    public int Count => _registers.Count;

    /// <summary>Names in order of their numbers.</summary>
    public string[] Names => [.. _names];

    /// <summary>Bytes of all but the predicates.</summary>
    public int Bytes => _bytes;

    /// <summary>Number of predicates; two more are always false and always true.</summary>
    public int Predicates => _predicates + 2;

    /// <summary>The predicate that is always false.</summary>
    public int False => _predicates;

    /// <summary>The predicate that is always true.</summary>
    public int True => _predicates + 1;

    /// <summary>Places beside the registers.</summary>
    public Slot[] Slots => [.. _slots.Values];

    /// <summary>A register's number, or -1.</summary>
    public int NumberOf(string name) => _numbers.GetValueOrDefault(name, -1);

    /// <summary>A register's width.</summary>
    public RegisterWidth WidthOf(int number) => _registers[number].Width;

    /// <summary>A register's place.</summary>
    public int PlaceOf(int number) => _registers[number].Place;

    /// <summary>A place beside the registers.</summary>
    public int Slot(SlotKind kind, bool wide, ulong bits)
    {
        if (!_slots.TryGetValue((kind, wide, bits), out Slot? slot))
        {
            _slots.Add((kind, wide, bits), slot = new Slot(kind, _bytes, wide, bits));
            _bytes += wide ? Lanes.Bytes64 : Lanes.Bytes32;
        }

        return slot.Place;
    }
}
