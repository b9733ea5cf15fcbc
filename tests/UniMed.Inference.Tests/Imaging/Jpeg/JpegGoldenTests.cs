using System.Security.Cryptography;
using UniMed.Inference.Imaging.Jpeg;
using Xunit;

namespace UniMed.Inference.Tests.Imaging.Jpeg;

public class JpegGoldenTests
{
    [Theory]
    [MemberData(nameof(JpegGoldenFiles.Decoded), MemberType = typeof(JpegGoldenFiles))]
    public void Every_kind_of_file_decodes_to_the_bytes_of_Pillow(string file, int width, int height, string sha256)
    {
        byte[] rgb = JpegDecoder.DecodeRgb(JpegGoldenFiles.Bytes(file), ImageLimits.Default, file, out int decodedWidth, out int decodedHeight);

        Assert.Equal((width, height), (decodedWidth, decodedHeight));
        Assert.Equal(width * height * 3, rgb.Length);
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(rgb)));
    }

    [Theory]
    [MemberData(nameof(JpegGoldenFiles.Refused), MemberType = typeof(JpegGoldenFiles))]
    public void A_kind_that_is_not_decoded_is_refused_by_its_name(string file, string words)
    {
        ImageException refusal = Assert.Throws<ImageException>(() => JpegGoldenFiles.Decode(JpegGoldenFiles.Bytes(file), file));
        Assert.StartsWith(file + ": ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
    }
}
