namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>A scan header: which components it codes, which coefficients, and which of their bits.</summary>
internal sealed class JpegScan
{
    private const int MaxBlocksInUnit = 10;
    private const int MaxApproximation = 13;

    private JpegScan(JpegComponent[] components, int first, int last, int high, int low)
    {
        Components = components;
        FirstCoefficient = first;
        LastCoefficient = last;
        HighBit = high;
        LowBit = low;
    }

    /// <summary>The components, in the scan's order.</summary>
    public JpegComponent[] Components { get; }

    /// <summary>The first coded coefficient, in zigzag order.</summary>
    public int FirstCoefficient { get; }

    /// <summary>The last coded coefficient.</summary>
    public int LastCoefficient { get; }

    /// <summary>How many low bits were missing before this scan; 0 where it is the first for its coefficients.</summary>
    public int HighBit { get; }

    /// <summary>How many low bits are missing after this scan.</summary>
    public int LowBit { get; }

    /// <summary>Whether units hold blocks of several components.</summary>
    public bool IsInterleaved => Components.Length > 1;

    /// <summary>Reads a header and binds its components to their tables.</summary>
    public static JpegScan Read(ReadOnlySpan<byte> segment, JpegFrame frame, HuffmanTables huffman)
    {
        int count = segment.IsEmpty ? 0 : segment[0];
        if (count is < 1 or > 4 || segment.Length != 4 + 2 * count)
            throw JpegFaultException.Damaged("a scan header has a wrong length");
        ReadOnlySpan<byte> parameters = segment[(1 + 2 * count)..];
        JpegComponent[] components = new JpegComponent[count];
        JpegScan scan = frame.IsProgressive
            ? new(components, parameters[0], parameters[1], parameters[2] >> 4, parameters[2] & 15)
            : new(components, 0, JpegComponent.BlockLength - 1, 0, 0);
        scan.RequireSense();
        for (int i = 0; i < count; i++)
        {
            byte id = segment[1 + 2 * i];
            JpegComponent component = frame.Components.FirstOrDefault(c => c.Id == id && !components.Contains(c))
                ?? throw JpegFaultException.Damaged($"a scan names component {id}, which the frame does not have");
            components[i] = component;
            scan.BindTables(component, segment[2 + 2 * i] >> 4, segment[2 + 2 * i] & 15, frame, huffman);
        }

        if (scan.IsInterleaved && components.Sum(component => component.Horizontal * component.Vertical) > MaxBlocksInUnit)
            throw JpegFaultException.Damaged($"a scan has units of more than {MaxBlocksInUnit} blocks, which the format forbids");
        foreach (JpegComponent component in components)
            scan.TakeBits(component);
        return scan;
    }

    /// <summary>Blocks that this scan goes through.</summary>
    public long CountBlocks() => IsInterleaved
        ? Components.Sum(component => (long)component.PaddedBlocksAcross * component.PaddedBlocksDown)
        : (long)Components[0].BlocksAcross * Components[0].BlocksDown;

    private void RequireSense()
    {
        bool isDc = FirstCoefficient == 0;
        bool makesSense = isDc
            ? LastCoefficient == 0 || LastCoefficient == JpegComponent.BlockLength - 1 && HighBit == 0 && LowBit == 0
            : LastCoefficient >= FirstCoefficient && LastCoefficient < JpegComponent.BlockLength && Components.Length == 1;
        if (!makesSense || LowBit > MaxApproximation || HighBit != 0 && HighBit != LowBit + 1)
        {
            throw JpegFaultException.Damaged(
                $"a scan codes coefficients {FirstCoefficient} to {LastCoefficient}, bits {HighBit} to {LowBit}, "
                + $"of {Components.Length} components");
        }
    }

    private void BindTables(JpegComponent component, int dcSlot, int acSlot, JpegFrame frame, HuffmanTables huffman)
    {
        if (dcSlot > 3 || acSlot > 3)
            throw JpegFaultException.Damaged("a scan names a Huffman table beyond 3");
        if (FirstCoefficient == 0 && HighBit == 0)
            component.DcTable = huffman.GetDc(dcSlot);
        if (LastCoefficient > 0)
            component.AcTable = huffman.GetAc(acSlot, withValues: !frame.IsProgressive);
    }

    /// <summary>Records what this scan adds to a component. Each bit comes once, so the number of scans has an end.</summary>
    private void TakeBits(JpegComponent component)
    {
        int expected = HighBit == 0 ? -1 : HighBit;
        foreach (ref sbyte missing in component.MissingBits.AsSpan(FirstCoefficient, LastCoefficient - FirstCoefficient + 1))
        {
            if (missing != expected)
                throw JpegFaultException.Damaged("its scans repeat or leave out bits of coefficients");
            missing = (sbyte)LowBit;
        }
    }
}
