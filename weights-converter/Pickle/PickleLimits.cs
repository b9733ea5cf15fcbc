namespace UniMed.WeightsConverter.Pickle;

/// <summary>
/// What a pickle may ask for. Every limit is far above what PyTorch writes (a 7-billion-parameter checkpoint with its optimizer: about one megabyte of pickle,
/// a hundred thousand instructions) and far below what would hurt.
/// </summary>
internal static class PickleLimits
{
    /// <summary>Bytes of one pickle: 256 MiB.</summary>
    public const long Bytes = 256L << 20;

    /// <summary>Instructions of one pickle. Each makes at most one value, list element or memo entry.</summary>
    public const int Instructions = 4_000_000;

    /// <summary>Containers inside containers. Python's own pickler stops at about 500.</summary>
    public const int Nesting = 1000;

    /// <summary>Bytes of one string or byte string: 16 MiB.</summary>
    public const int StringBytes = 16 << 20;

    /// <summary>Bytes of one integer; also the digits of one in text form.</summary>
    public const int IntegerBytes = 256;

    /// <summary>Characters of a line of a text opcode (protocol 0).</summary>
    public const int LineBytes = 64 << 10;
}
