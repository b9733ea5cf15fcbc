using System.Text.Json;
using UniMed.Inference.Imaging.Jpeg;
using UniMed.Tests;
using Xunit;

namespace UniMed.Inference.Tests.Imaging.Jpeg;

/// <summary>The files of tests/golden/jpeg, and what Pillow makes of them.</summary>
internal static class JpegGoldenFiles
{
    private static readonly JsonElement Index =
        JsonDocument.Parse(File.ReadAllBytes(Golden.Path("jpeg", "index.json"))).RootElement;

    /// <summary>Files that Pillow decodes, with the size and the SHA-256 of its RGB bytes.</summary>
    public static TheoryData<string, int, int, string> Decoded =>
    [
        .. Index.GetProperty("files").EnumerateObject().Select(file => new TheoryDataRow<string, int, int, string>(
            file.Name,
            file.Value.GetProperty("width").GetInt32(),
            file.Value.GetProperty("height").GetInt32(),
            file.Value.GetProperty("sha256").GetString()!)),
    ];

    /// <summary>Files of kinds that are refused, with words that the message must have.</summary>
    public static TheoryData<string, string> Refused =>
        [.. Index.GetProperty("refused").EnumerateObject().Select(file => new TheoryDataRow<string, string>(file.Name, file.Value.GetString()!))];

    /// <summary>The names of the decoded ones.</summary>
    public static TheoryData<string> Names => [.. Index.GetProperty("files").EnumerateObject().Select(file => file.Name)];

    public static byte[] Bytes(string file) => File.ReadAllBytes(Golden.Path("jpeg", file));

    public static byte[] Decode(ReadOnlySpan<byte> jpeg, string name = "a.jpg") =>
        JpegDecoder.DecodeRgb(jpeg, ImageLimits.Default, name, out _, out _);
}
