using System.Security.Cryptography;
using System.Text.Json;
using UniMed.Tests;
using Xunit;

namespace UniMed.Inference.Tests.Imaging;

/// <summary>The files of tests/golden/pictures: every kind of PNG, TIFF, BMP, GIF, WebP, TGA, PBM, PGM and PPM, and what they must become.</summary>
internal static class GoldenFormats
{
    private static readonly JsonElement Index =
        JsonDocument.Parse(File.ReadAllBytes(Golden.Path("pictures", "index.json"))).RootElement;

    /// <summary>Files with the size and the SHA-256 of the bytes of Pillow's <c>convert("RGB")</c>.</summary>
    public static TheoryData<string, int, int, string> OfPillow => Hashes("pillow");

    /// <summary>Gray files of more than 8 bits, with the SHA-256 of their samples through the window of their range.</summary>
    public static TheoryData<string, int, int, string> Windowed => Hashes("window");

    /// <summary>Files of kinds that are refused, with words that the message must have.</summary>
    public static TheoryData<string, string> Refused =>
        [.. Index.GetProperty("refused").EnumerateObject().Select(file => new TheoryDataRow<string, string>(file.Name, file.Value.GetString()!))];

    /// <summary>The names of all files that are read.</summary>
    public static TheoryData<string> Readable =>
        [.. Index.GetProperty("pillow").EnumerateObject().Concat(Index.GetProperty("window").EnumerateObject()).Select(file => file.Name)];

    public static byte[] Bytes(string file) => File.ReadAllBytes(Golden.Path("pictures", file));

    public static string Sha256(ReadOnlySpan<byte> rgb) => Convert.ToHexStringLower(SHA256.HashData(rgb));

    private static TheoryData<string, int, int, string> Hashes(string group) =>
    [
        .. Index.GetProperty(group).EnumerateObject().Select(file => new TheoryDataRow<string, int, int, string>(
            file.Name,
            file.Value.GetProperty("width").GetInt32(),
            file.Value.GetProperty("height").GetInt32(),
            file.Value.GetProperty("sha256").GetString()!)),
    ];
}
