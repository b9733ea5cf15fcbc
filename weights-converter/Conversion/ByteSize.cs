using System.Globalization;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>Sizes as people write them: 2GB, 500MB, 4GiB, or plain bytes.</summary>
internal static class ByteSize
{
    private static readonly (string Suffix, long Bytes)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("B", 1),
    ];

    /// <summary>Reads a size of at least one byte.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        long unit = 1;
        foreach ((string suffix, long size) in Units)
        {
            if (!text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
                continue;
            (unit, text) = (size, text[..^suffix.Length]);
            break;
        }

        bytes = 0;
        if (!decimal.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
            return false;
        if (number <= 0 || number > long.MaxValue / unit)
            return false;
        bytes = (long)(number * unit);
        return bytes > 0;
    }

    /// <summary>Writes a size with three digits and a decimal unit.</summary>
    public static string Text(long bytes) => bytes switch
    {
        >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB"),
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} kB"),
    };
}
