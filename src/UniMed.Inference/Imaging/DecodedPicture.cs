namespace UniMed.Inference.Imaging;

/// <summary>What a decoder found in a file, before any window: one channel (gray) or three (colour), row-major, interleaved.</summary>
/// <remarks>Exactly one of <see cref="Bytes"/>, <see cref="Words"/> and <see cref="Reals"/> is there. Alpha is gone.</remarks>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Channels">1 or 3.</param>
internal sealed record DecodedPicture(int Width, int Height, int Channels)
{
    /// <summary>Samples of up to 8 bits, spread over 0 to 255.</summary>
    public byte[]? Bytes { get; init; }

    /// <summary>Samples of 9 to 16 bits as they are stored.</summary>
    public ushort[]? Words { get; init; }

    /// <summary>Samples of 32 bits; gray only.</summary>
    public float[]? Reals { get; init; }

    /// <summary>Whether <see cref="Words"/> are the bits of Int16; gray only.</summary>
    public bool Signed { get; init; }

    /// <summary>Whether the smallest gray sample is white, by the file's own word.</summary>
    public bool WhiteIsZero { get; init; }

    /// <summary>Bits that the file calls significant (PNG's sBIT); 0 where it says nothing.</summary>
    public int SignificantBits { get; init; }

    /// <summary>The sample that the file calls the largest (maxval of PGM and PPM); null where it is that of the sample's type.</summary>
    public int? LargestSample { get; init; }
}
