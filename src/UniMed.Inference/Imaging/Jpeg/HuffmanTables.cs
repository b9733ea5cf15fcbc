namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>The slots for Huffman tables (DHT): four for DC differences, four for AC coefficients.</summary>
/// <remarks>A table is built when a scan first uses it: a hostile file may define millions and use none.</remarks>
internal sealed class HuffmanTables
{
    private const int Slots = 4;
    private const int HeaderLength = 1 + HuffmanTable.MaxCodeBits;
    private const int MaxSymbols = 256;

    private readonly byte[]?[] _definitions = new byte[2 * Slots][];
    private readonly HuffmanTable?[] _built = new HuffmanTable[2 * Slots];

    /// <summary>Reads the tables of one segment.</summary>
    public void Read(ReadOnlySpan<byte> segment)
    {
        while (!segment.IsEmpty)
        {
            if (segment.Length < HeaderLength)
                throw JpegFaultException.Damaged("a Huffman table is too short");
            int symbols = 0;
            foreach (byte count in segment[1..HeaderLength])
                symbols += count;
            int tableClass = segment[0] >> 4;
            int slot = segment[0] & 15;
            if (tableClass > 1 || slot >= Slots || symbols > MaxSymbols || segment.Length < HeaderLength + symbols)
                throw JpegFaultException.Damaged("a Huffman table has a wrong number or a wrong count of codes");
            Define(tableClass * Slots + slot, segment[1..(HeaderLength + symbols)]);
            segment = segment[(HeaderLength + symbols)..];
        }
    }

    /// <summary>
    /// Gives the first two slots of each kind the tables of the standard where the file has none, as Motion JPEG leaves them out.
    /// </summary>
    public void FillWithStandard()
    {
        DefineMissing(0, StandardHuffmanTables.DcLuminance);
        DefineMissing(1, StandardHuffmanTables.DcChrominance);
        DefineMissing(Slots, StandardHuffmanTables.AcLuminance);
        DefineMissing(Slots + 1, StandardHuffmanTables.AcChrominance);
    }

    /// <summary>The table for DC differences in a slot.</summary>
    public HuffmanTable GetDc(int slot) => Get(slot, isDc: true, withValues: false);

    /// <summary>The table for AC coefficients in a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="withValues">Whether its lookup holds values; the same for all scans of a frame.</param>
    public HuffmanTable GetAc(int slot, bool withValues) => Get(Slots + slot, isDc: false, withValues);

    private HuffmanTable Get(int index, bool isDc, bool withValues)
    {
        if (_built[index] is { } built)
            return built;
        byte[] definition = _definitions[index] ?? throw JpegFaultException.Damaged("a Huffman table is used and not defined");
        return _built[index] = HuffmanTable.Create(
            definition.AsSpan(0, HuffmanTable.MaxCodeBits), definition.AsSpan(HuffmanTable.MaxCodeBits), isDc, withValues);
    }

    private void DefineMissing(int index, ReadOnlySpan<byte> definition)
    {
        if (_definitions[index] is null)
            Define(index, definition);
    }

    private void Define(int index, ReadOnlySpan<byte> definition)
    {
        _definitions[index] = definition.ToArray();
        _built[index] = null;
    }
}
