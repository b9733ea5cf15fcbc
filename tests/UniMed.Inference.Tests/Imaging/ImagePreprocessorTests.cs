using System.Runtime.InteropServices;
using System.Text.Json;
using UniMed.Tests;
using Xunit;

namespace UniMed.Inference.Tests.Imaging;

public class ImagePreprocessorTests
{
    private static readonly Lazy<JsonElement> Cases = new(() =>
        JsonDocument.Parse(File.ReadAllBytes(Golden.Path("nano", "cases.json"))).RootElement.GetProperty("cases"));

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    [InlineData(12)]
    [InlineData(18)]
    [InlineData(24)]
    [InlineData(36)]
    public void Pixels_equal_the_reference_to_the_last_bit(int @case)
    {
        (int[] shape, float[] expected) = ReadTensor($"{@case}.pixels");
        MedicalImage image = MedicalImage.Load(Golden.Path("nano", Cases.Value[@case].GetProperty("image").GetString()!));

        float[] pixels = new ImagePreprocessor(new PreprocessConfig(), shape[1]).ToPixels(image);

        Assert.Equal([3, shape[1], shape[1]], shape);
        Assert.Equal(MemoryMarshal.Cast<float, int>(expected), MemoryMarshal.Cast<float, int>(pixels));
    }

    [Fact]
    public void Channels_are_planes_in_the_order_red_green_blue()
    {
        MedicalImage image = MedicalImage.FromRgb24([10, 20, 30], 1, 1);
        PreprocessConfig plain = new() { Mean = [0, 0, 0], Std = [1, 1, 1] };

        float[] pixels = new ImagePreprocessor(plain, 2).ToPixels(image);

        Assert.Equal([.. Enumerable.Repeat(10 / 255f, 4), .. Enumerable.Repeat(20 / 255f, 4), .. Enumerable.Repeat(30 / 255f, 4)], pixels);
    }

    [Fact]
    public void Another_filter_is_refused_by_name()
    {
        PreprocessConfig lanczos = new() { Resample = "lanczos" };
        UniMedException error = Assert.Throws<UniMedException>(() => new ImagePreprocessor(lanczos, 56));
        Assert.Contains("lanczos", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new float[] { 1, 1 })]
    [InlineData(new float[] { 1, 0, 1 })]
    [InlineData(new float[] { 1, float.NaN, 1 })]
    public void Deviations_that_cannot_divide_are_refused(float[] std) =>
        Assert.Throws<UniMedException>(() => new ImagePreprocessor(new PreprocessConfig { Std = std }, 56));

    /// <summary>Reads one fp32 tensor of a safetensors file: header length, JSON header, data.</summary>
    private static (int[] Shape, float[] Values) ReadTensor(string name)
    {
        byte[] file = File.ReadAllBytes(Golden.Path("nano", "tensors.safetensors"));
        int headerLength = (int)BitConverter.ToInt64(file);
        JsonElement entry = JsonDocument.Parse(file.AsMemory(8, headerLength)).RootElement.GetProperty(name);
        int[] offsets = [.. entry.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt32())];
        int[] shape = [.. entry.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())];
        ReadOnlySpan<byte> data = file.AsSpan(8 + headerLength + offsets[0], offsets[1] - offsets[0]);
        return (shape, MemoryMarshal.Cast<byte, float>(data).ToArray());
    }
}
