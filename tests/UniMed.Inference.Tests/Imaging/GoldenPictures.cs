using System.Text.Json;
using UniMed.Tests;
using Xunit;

namespace UniMed.Inference.Tests.Imaging;

/// <summary>The pictures of tests/golden/preprocess, and what the authors' own pipeline makes of them.</summary>
internal static class GoldenPictures
{
    /// <summary>Every picture: all are read.</summary>
    public static TheoryData<string> Readable => [.. All];

    public static IReadOnlyList<string> All { get; } =
    [
        .. JsonDocument.Parse(File.ReadAllBytes(Golden.Path("preprocess", "index.json"))).RootElement.EnumerateArray()
            .Select(entry => entry.GetProperty("file").GetString()!),
    ];

    public static byte[] Bytes(string file) => File.ReadAllBytes(Golden.Path("preprocess", file));

    public static MedicalImage Load(string file) => MedicalImage.Load(Golden.Path("preprocess", file));

    /// <summary>The sizes for which there is an expected result.</summary>
    public static IEnumerable<int> Sizes(string file) => new[] { 56, 168, 224 }.Where(size => File.Exists(ExpectedPath(file, size)));

    /// <summary>The expected bytes, [size, size, 3]: what follows the header of a version 1 .npy file.</summary>
    public static byte[] Expected(string file, int size)
    {
        byte[] npy = File.ReadAllBytes(ExpectedPath(file, size));
        int data = 10 + BitConverter.ToUInt16(npy, 8);
        Assert.Equal(size * size * 3, npy.Length - data);
        return npy[data..];
    }

    private static string ExpectedPath(string file, int size) =>
        Golden.Path("preprocess", $"{Path.GetFileNameWithoutExtension(file)}_{size}.npy");
}
