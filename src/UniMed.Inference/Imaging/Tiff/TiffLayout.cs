namespace UniMed.Inference.Imaging.Tiff;

/// <summary>How the samples of a TIFF page are stored: their kind, and the strips or tiles that they lie in.</summary>
internal sealed class TiffLayout
{
    private const uint WhiteIsZeroColors = 0;
    private const uint BlackIsZeroColors = 1;
    private const uint RgbColors = 2;
    private const uint PaletteColors = 3;
    private const int MostSamples = 4;
    private const uint AssociatedAlpha = 1;

    /// <summary>Reads the tags; what is not read is refused by name, and what is contradictory as damage.</summary>
    /// <exception cref="ImageException">The page is damaged, of a kind that is not read, or beyond the limits.</exception>
    public TiffLayout(TiffDirectory tags, ImageLimits limits, string name)
    {
        Width = (int)Math.Min(tags.Number(TiffTag.ImageWidth), int.MaxValue);
        Height = (int)Math.Min(tags.Number(TiffTag.ImageLength), int.MaxValue);
        limits.RequireSize(Width, Height, name);

        Compression = tags.Number(TiffTag.Compression, TiffCompression.None);
        if (!TiffCompression.IsRead(Compression))
            throw tags.Unread($"has {TiffCompression.Name(Compression)}");
        ReversedBits = tags.Number(TiffTag.FillOrder, 1) == 2;
        ReadSamples(tags);
        ReadColors(tags);
        ReadBlocks(tags, limits, name);
        uint predictor = TiffCompression.HasPredictor(Compression) ? tags.Number(TiffTag.Predictor, 1) : 1;
        if (predictor > 2 || (predictor == 2 && Bits is not (8 or 16 or 32)))
            throw tags.Unread(predictor == 3 ? "has the floating-point predictor" : $"has predictor {predictor} with samples of {Bits} bits");
        HasPredictor = predictor == 2;
        Orientation = (int)tags.Number(TiffTag.Orientation, 1);
    }

    /// <summary>Columns as they are stored.</summary>
    public int Width { get; }

    /// <summary>Rows as they are stored.</summary>
    public int Height { get; }

    public uint Compression { get; }

    /// <summary>Whether the lowest bit of a byte comes first.</summary>
    public bool ReversedBits { get; }

    /// <summary>Whether samples are differences to their left neighbours.</summary>
    public bool HasPredictor { get; }

    /// <summary>1 to 8: where the first row and the first column belong; 1 is top left.</summary>
    public int Orientation { get; }

    /// <summary>Bits of a sample: 1, 2, 4, 8, 12, 16 or 32.</summary>
    public int Bits { get; private set; }

    /// <summary>Whether samples of 32 bits are floating-point numbers.</summary>
    public bool IsFloat { get; private set; }

    /// <summary>Whether samples have a sign.</summary>
    public bool IsSigned { get; private set; }

    /// <summary>Samples of a pixel in the file, those beyond the colours included.</summary>
    public int FileChannels { get; private set; }

    /// <summary>Channels of the picture: 1 or 3.</summary>
    public int PictureChannels { get; private set; }

    public bool WhiteIsZero { get; private set; }

    /// <summary>Whether colours are multiplied by the alpha that follows them.</summary>
    public bool IsPremultiplied { get; private set; }

    /// <summary>Reds, greens and blues of a palette, 16 bits each; none where there is no palette.</summary>
    public uint[] ColorMap { get; private set; } = [];

    /// <summary>Whether each channel has strips or tiles of its own.</summary>
    public bool IsPlanar { get; private set; }

    /// <summary>Columns of a strip or tile.</summary>
    public int BlockWidth { get; private set; }

    /// <summary>Rows of a strip or tile; the last strip of a picture may have fewer.</summary>
    public int BlockHeight { get; private set; }

    public bool IsTiled { get; private set; }

    public uint[] Offsets { get; private set; } = [];

    public uint[] ByteCounts { get; private set; } = [];

    /// <summary>Strips or tiles beside each other.</summary>
    public int BlocksAcross => (Width + BlockWidth - 1) / BlockWidth;

    /// <summary>Strips or tiles below each other.</summary>
    public int BlocksDown => (Height + BlockHeight - 1) / BlockHeight;

    /// <summary>Samples that stand beside each other in a block.</summary>
    public int BlockChannels => IsPlanar ? 1 : FileChannels;

    /// <summary>Bytes of a block's row.</summary>
    public int BlockRowBytes { get; private set; }

    /// <summary>Rows that a block has in the file.</summary>
    public int RowsOf(int blockDown) => IsTiled ? BlockHeight : Math.Min(BlockHeight, Height - blockDown * BlockHeight);

    private void ReadSamples(TiffDirectory tags)
    {
        uint channels = tags.Number(TiffTag.SamplesPerPixel, 1);
        if (channels is 0 or > MostSamples)
            throw tags.Unread($"has {channels} samples a pixel");
        FileChannels = (int)channels;

        uint[] bits = tags.Numbers(TiffTag.BitsPerSample, MostSamples);
        Bits = bits.Length == 0 ? 1 : (int)Math.Min(bits[0], int.MaxValue);
        if (Array.Exists(bits, other => other != bits[0]))
            throw tags.Unread("has samples of different sizes");
        uint[] formats = tags.Numbers(TiffTag.SampleFormat, most: 1);
        uint format = formats.Length == 0 ? 1 : formats[0];
        IsSigned = format == 2;
        IsFloat = format == 3;
        bool read = Bits switch
        {
            1 or 2 or 4 or 8 or 12 => format is 1 or 4,
            16 => format is 1 or 2 or 4,
            32 => format is 1 or 2 or 3 or 4,
            _ => false,
        };
        if (!read)
            throw tags.Unread($"has {(IsFloat ? "floating-point " : IsSigned ? "signed " : "")}samples of {Bits} bits");
    }

    private void ReadColors(TiffDirectory tags)
    {
        uint photometric = tags.Number(TiffTag.PhotometricInterpretation);
        WhiteIsZero = photometric == WhiteIsZeroColors;
        int stored = photometric == RgbColors ? 3 : 1;
        PictureChannels = photometric is RgbColors or PaletteColors ? 3 : 1;
        switch (photometric)
        {
            case WhiteIsZeroColors or BlackIsZeroColors:
                break;
            case RgbColors when Bits is 8 or 16 && !IsSigned:
                break;
            case PaletteColors when Bits is 1 or 2 or 4 or 8:
                ColorMap = tags.Numbers(TiffTag.ColorMap, (3 << Bits) + 1);
                if (ColorMap.Length != 3 << Bits)
                    throw tags.Damaged($"its colour map has {(ColorMap.Length > 3 << Bits ? "more than" : $"{ColorMap.Length} of")} {3 << Bits} numbers");
                break;
            case RgbColors or PaletteColors:
                throw tags.Unread($"has {(IsSigned ? "signed " : "")}colour samples of {Bits} bits");
            default:
                throw tags.Unread($"has {ColorsName(photometric)} colours");
        }

        if (FileChannels < stored)
            throw tags.Damaged($"it has {FileChannels} samples a pixel, and its colours need {stored}");
        uint[] extra = tags.Numbers(TiffTag.ExtraSamples, most: 1);
        IsPremultiplied = FileChannels == stored + 1 && extra.Length > 0 && extra[0] == AssociatedAlpha;
        IsPlanar = FileChannels > 1 && tags.Number(TiffTag.PlanarConfiguration, 1) == 2;
        if (IsPremultiplied && (IsPlanar || photometric != RgbColors || Bits != 8))
            throw tags.Unread("has colours multiplied by alpha in another form than 8-bit RGBA");
    }

    private void ReadBlocks(TiffDirectory tags, ImageLimits limits, string name)
    {
        IsTiled = tags.Numbers(TiffTag.TileOffsets, most: 1).Length > 0;
        if (IsTiled)
        {
            BlockWidth = (int)Math.Min(tags.Number(TiffTag.TileWidth), int.MaxValue);
            BlockHeight = (int)Math.Min(tags.Number(TiffTag.TileLength), int.MaxValue);
            limits.RequireSize(BlockWidth, BlockHeight, name);
        }
        else
        {
            BlockWidth = Width;
            BlockHeight = (int)Math.Min(tags.Number(TiffTag.RowsPerStrip, uint.MaxValue), (uint)Height);
            if (BlockHeight == 0)
                throw tags.Damaged("its strips have no rows");
        }

        long rowBytes = ((long)BlockWidth * BlockChannels * Bits + 7) / 8;
        if (rowBytes > Array.MaxLength / BlockHeight)
            throw tags.Unread("has strips or tiles larger than an array can be");
        BlockRowBytes = (int)rowBytes;

        long blocks = (long)BlocksAcross * BlocksDown * (IsPlanar ? FileChannels : 1);
        Offsets = tags.Numbers(IsTiled ? TiffTag.TileOffsets : TiffTag.StripOffsets, blocks);
        if (Offsets.Length < blocks)
            throw tags.Damaged($"it has {Offsets.Length} strips or tiles, and {blocks} are expected");
        ByteCounts = tags.Numbers(IsTiled ? TiffTag.TileByteCounts : TiffTag.StripByteCounts, blocks);
        if (ByteCounts.Length == 0 && Compression == TiffCompression.None)
            ByteCounts = [.. Enumerable.Repeat(uint.MaxValue, Offsets.Length)];
        if (ByteCounts.Length < blocks)
            throw tags.Damaged($"it says the length of {ByteCounts.Length} of its {blocks} strips or tiles");
    }

    private static string ColorsName(uint photometric) => photometric switch
    {
        4 => "mask",
        5 => "CMYK",
        6 => "YCbCr",
        8 or 9 or 10 => "L*a*b*",
        32803 => "camera raw",
        _ => $"unknown ({photometric})",
    };
}
