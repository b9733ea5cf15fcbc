using System.Buffers.Binary;

namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>The frame header: size, components and how they are sampled.</summary>
internal sealed class JpegFrame
{
    private const int FixedLength = 6;
    private const int ComponentLength = 3;
    private const int MaxSampling = 4;

    private JpegFrame(int width, int height, bool progressive, JpegComponent[] components)
    {
        Width = width;
        Height = height;
        IsProgressive = progressive;
        Components = components;
        MaxHorizontal = components.Max(component => component.Horizontal);
        MaxVertical = components.Max(component => component.Vertical);
        UnitsAcross = JpegComponent.CeilingDivide(width, MaxHorizontal * JpegComponent.BlockSide);
        UnitsDown = JpegComponent.CeilingDivide(height, MaxVertical * JpegComponent.BlockSide);
        foreach (JpegComponent component in components)
            component.SetGeometry(width, height, MaxHorizontal, MaxVertical, UnitsAcross, UnitsDown);
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows of pixels.</summary>
    public int Height { get; }

    /// <summary>Whether coefficients come in parts, spread over scans.</summary>
    public bool IsProgressive { get; }

    /// <summary>One, three or four components, in the frame's order.</summary>
    public JpegComponent[] Components { get; }

    /// <summary>The largest horizontal sampling factor: a component that has it is as wide as the picture.</summary>
    public int MaxHorizontal { get; }

    /// <summary>The largest vertical sampling factor: a component that has it is as high as the picture.</summary>
    public int MaxVertical { get; }

    /// <summary>Interleaved units (MCUs) in a row.</summary>
    public int UnitsAcross { get; }

    /// <summary>Rows of interleaved units.</summary>
    public int UnitsDown { get; }

    /// <summary>Reads the header of a frame that can be decoded, and refuses others by their names.</summary>
    /// <param name="marker">The frame's marker.</param>
    /// <param name="segment">Its segment.</param>
    /// <param name="linesBehindScan">The height that a DNL marker gives; used where the header leaves it open.</param>
    public static JpegFrame Read(byte marker, ReadOnlySpan<byte> segment, int linesBehindScan)
    {
        RequireKnownCoding(marker);
        if (segment.Length < FixedLength || segment.Length != FixedLength + ComponentLength * segment[5])
            throw JpegFaultException.Damaged($"its frame header of {segment.Length} bytes has a wrong length");
        RequireEightBits(segment[0]);
        int height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]);
        int width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
        if (height == 0)
            height = linesBehindScan;
        int count = segment[5];
        if (count is not (1 or 3 or 4))
        {
            throw JpegFaultException.Unsupported(
                $"a JPEG picture of {count} colour components is neither gray (1), RGB or YCbCr (3) nor CMYK (4)", "Convert it to PNG.");
        }

        JpegComponent[] components = new JpegComponent[count];
        for (int i = 0; i < count; i++)
            components[i] = ReadComponent(segment.Slice(FixedLength + ComponentLength * i, ComponentLength), isAlone: count == 1);
        JpegFrame frame = new(width, height, marker == JpegMarker.ProgressiveFrame, components);
        frame.RequireWholeSampling();
        return frame;
    }

    /// <summary>
    /// The fewest bytes of entropy-coded data that a picture of this size takes: two codes a block, or in the first progressive scans one.
    /// </summary>
    public long MinCodedBytes()
    {
        long blocks = 0;
        foreach (JpegComponent component in Components)
            blocks += (long)component.BlocksAcross * component.BlocksDown;
        return (IsProgressive ? blocks : 2 * blocks) / 8;
    }

    private static JpegComponent ReadComponent(ReadOnlySpan<byte> description, bool isAlone)
    {
        int horizontal = description[1] >> 4;
        int vertical = description[1] & 15;
        if (horizontal is < 1 or > MaxSampling || vertical is < 1 or > MaxSampling)
            throw JpegFaultException.Damaged($"a component is sampled {horizontal} x {vertical}, and 1 to {MaxSampling} are allowed");
        if (description[2] > 3)
            throw JpegFaultException.Damaged($"a component names quantization table {description[2]}, and there are 0 to 3");
        // A component that is alone is never interleaved, and its factors only matter beside those of others.
        return new()
        {
            Id = description[0],
            Horizontal = isAlone ? 1 : horizontal,
            Vertical = isAlone ? 1 : vertical,
            QuantizationSlot = description[2],
        };
    }

    private static void RequireKnownCoding(byte marker)
    {
        string? kind = marker switch
        {
            JpegMarker.BaselineFrame or JpegMarker.ExtendedFrame or JpegMarker.ProgressiveFrame => null,
            JpegMarker.LosslessFrame or 0xCB => "lossless JPEG (process 14, as DICOM files use it)",
            JpegMarker.ArithmeticFrame or 0xCA => "JPEG with arithmetic coding",
            _ => "hierarchical JPEG",
        };
        if (kind is not null)
            throw Uncommon(kind);
    }

    /// <summary>The refusal of a kind of JPEG that Pillow does not read everywhere either.</summary>
    public static JpegFaultException Uncommon(string kind) => JpegFaultException.Unsupported(
        $"the file is {kind}; baseline, extended and progressive JPEG with Huffman coding are decoded",
        "Convert it to PNG with the program that wrote it.");

    private static void RequireEightBits(byte precision)
    {
        if (precision != 8)
        {
            throw JpegFaultException.Unsupported(
                $"the JPEG file has {precision} bits a sample, and 8 are decoded", "Convert it to a 16-bit PNG, which keeps all of them.");
        }
    }

    private void RequireWholeSampling()
    {
        foreach (JpegComponent component in Components)
        {
            if (MaxHorizontal % component.Horizontal != 0 || MaxVertical % component.Vertical != 0)
            {
                throw JpegFaultException.Unsupported(
                    $"the JPEG file's sampling of {component.Horizontal} x {component.Vertical} beside {MaxHorizontal} x {MaxVertical} "
                    + "is no whole fraction, which Pillow does not decode either",
                    "Convert it to PNG with the program that wrote it.");
            }
        }
    }
}
