using UniMed.Inference;
using UniMed.Inference.Imaging;
using UniMed.Native;
using UniMed.Native.Cuda;
using UniMed.PtxMachine.Driver;
using Xunit;

namespace UniMed.Conformance.Tests;

/// <summary>Pictures in device memory become the very floats that the host makes of the same samples, on the kernels emulated and as PTX.</summary>
public sealed class DevicePreprocessTests
{
    private const string Emulated = "cuda-emulated";
    private const string Ptx = "ptx";

    private static readonly PreprocessConfig Config = new();

    /// <summary>Both ways, one pass alone, none; a pixel; lines; wide and high beyond the order of passes; odd sizes.</summary>
    private static readonly (int Width, int Height)[] Sizes =
    [
        (1, 1), (28, 28), (28, 1), (1, 28), (28, 77), (77, 28), (2, 900), (900, 2), (27, 29), (53, 37), (5, 3), (300, 211), (60, 130), (130, 60),
    ];

    [Theory]
    [InlineData(Emulated)]
    [InlineData(Ptx)]
    public void Colour(string kind)
    {
        using HostCard card = Open(kind);
        var random = new Random(1);
        foreach ((int width, int height) in SizesFor(kind, random))
        {
            byte[] rgb = new byte[3 * width * height];
            random.NextBytes(rgb);
            int gap = random.Next(4);
            nint at = card.Place(rgb, 3 * width, gap, shift: random.Next(4));
            AssertSame(card, DevicePixels.Rgb24(at, width, height, (3 * width) + gap), [], MedicalImage.FromRgb24(rgb, width, height));
        }
    }

    [Theory]
    [InlineData(Emulated)]
    [InlineData(Ptx)]
    public void Gray_of_16_bits(string kind)
    {
        using HostCard card = Open(kind);
        var random = new Random(2);
        foreach ((int width, int height) in SizesFor(kind, random))
        {
            ushort[] samples = [.. Enumerable.Range(0, width * height).Select(_ => (ushort)random.Next(65536))];
            int gap = 2 * random.Next(4);
            nint at = card.Place(HostCard.BytesOf(samples), 2 * width, gap, shift: 2 * random.Next(4));
            var window = new Windowing(random.Next(65536), 1 + random.Next(70000), random.NextDouble() * 2, random.Next(-2000, 2000));
            bool inverted = random.Next(2) == 1;
            DevicePixels pixels = DevicePixels.Gray16(at, width, height, (2 * width) + gap);
            AssertSame(card, pixels, GrayRendering.Levels16<ushort>(window, inverted), MedicalImage.FromGray16(samples, width, height, window, inverted));
            (int smallest, int largest) = card.Device.RangeOf(pixels);
            Assert.Equal((samples.Min(), samples.Max()), (smallest, largest));
        }
    }

    [Theory]
    [InlineData(Emulated)]
    [InlineData(Ptx)]
    public void Signed_gray_of_16_bits(string kind)
    {
        using HostCard card = Open(kind);
        var random = new Random(3);
        foreach ((int width, int height) in SizesFor(kind, random))
        {
            short[] samples = [.. Enumerable.Range(0, width * height).Select(_ => (short)random.Next(-3000, 3000))];
            nint at = card.Place(HostCard.BytesOf(samples), 2 * width, gap: 0, shift: 2);
            var window = new Windowing(40, 400, 1, -24);
            DevicePixels pixels = DevicePixels.Gray16(at, width, height, isSigned: true);
            AssertSame(card, pixels, GrayRendering.Levels16<short>(window, monochrome1: false), MedicalImage.FromGray16(samples, width, height, window));
            (int smallest, int largest) = card.Device.RangeOf(pixels);
            Assert.Equal((samples.Min(), samples.Max()), (smallest, largest));
        }
    }

    [Theory]
    [InlineData(Emulated)]
    [InlineData(Ptx)]
    public void Planes_of_numbers_are_the_picture_of_their_nearest_levels(string kind)
    {
        using HostCard card = Open(kind);
        var random = new Random(4);
        foreach ((int width, int height) in SizesFor(kind, random))
        {
            float[] planes = [.. Enumerable.Range(0, 3 * width * height).Select(_ => (float)(random.NextDouble() * 1.2 - 0.1))];
            byte[] rgb = new byte[planes.Length];
            for (int i = 0; i < planes.Length; i++)
                rgb[(i % (width * height) * 3) + (i / (width * height))] = (byte)Math.Clamp(Math.Floor(planes[i] * 255f + 0.5f), 0, 255);
            int gap = 4 * random.Next(3);
            nint at = card.Place(HostCard.BytesOf(planes), 4 * width, gap, shift: 4 * random.Next(3), planes: 3);
            AssertSame(card, DevicePixels.RgbPlanes(at, width, height, (4 * width) + gap), [], MedicalImage.FromRgb24(rgb, width, height));
        }
    }

    [Fact]
    public void A_slice_as_scanners_give_it_at_the_size_of_the_full_model()
    {
        using HostCard card = Open(Emulated);
        var random = new Random(5);
        ushort[] samples = [.. Enumerable.Range(0, 512 * 512).Select(_ => (ushort)random.Next(4096))];
        var window = new Windowing(2000, 3000);
        var preprocessor = new ImagePreprocessor(Config, 224);
        DevicePixels pixels = DevicePixels.Gray16(card.Place(HostCard.BytesOf(samples), 1024, gap: 0, shift: 0), 512, 512);

        Assert.Equal(
            preprocessor.ToPixels(MedicalImage.FromGray16(samples, 512, 512, window)),
            card.Read(pixels, preprocessor.PrepareFor(pixels, GrayRendering.Levels16<ushort>(window, monochrome1: false))));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_number_that_is_not_finite_is_told(float bad)
    {
        using HostCard card = Open(Emulated);
        var preprocessor = new ImagePreprocessor(Config, 28);
        float[] planes = new float[3 * 30 * 20];
        planes[1234] = bad;
        DevicePixels pixels = DevicePixels.RgbPlanes(card.Place(HostCard.BytesOf(planes), 120, gap: 0, shift: 0), 30, 20);
        using DeviceBuffer output = card.Device.Allocate(3 * 28 * 28);

        Assert.False(card.Device.ReadPixels(pixels, preprocessor.PrepareFor(pixels, []), output.AsTensor(1, 3 * 28 * 28)));
    }

    [Fact]
    public void What_the_hosts_stream_held_at_the_call_is_waited_for_and_what_comes_after_the_call_is_not_read()
    {
        using HostCard card = Open(Emulated);
        var preprocessor = new ImagePreprocessor(Config, 28);
        byte[] rgb = new byte[3 * 40 * 50];
        new Random(6).NextBytes(rgb);
        PinnedMemory pinned = card.Driver.AllocateHost(rgb.Length);
        rgb.CopyTo(pinned.Span);
        DevicePointer memory = card.Driver.Allocate(rgb.Length);
        card.Driver.Fill(memory, 0, rgb.Length);
        DevicePixels pixels = DevicePixels.Rgb24((nint)memory.Address, 40, 50);
        using DeviceBuffer buffer = card.Device.Allocate(3 * 28 * 28);
        Tensor output = buffer.AsTensor(1, 3 * 28 * 28);

        // An emulated stream runs nothing until someone waits for it, and a copy or a fill without one runs at once.
        card.Driver.CopyToDevice(memory, pinned, card.Stream);
        Assert.True(card.Device.ReadPixels(pixels, preprocessor.PrepareFor(pixels, []), output));
        // The host's own work has ended before the fill, whatever of the reading has.
        card.Driver.Synchronize(card.Stream);
        card.Driver.Fill(memory, 0xFF, rgb.Length);

        var actual = new float[output.Length];
        card.Device.Download(output, actual);
        Assert.Equal(preprocessor.ToPixels(MedicalImage.FromRgb24(rgb, 40, 50)), actual);
    }

    [Fact]
    public void Nothing_is_left_of_what_a_reading_takes()
    {
        using HostCard card = Open(Emulated);
        var preprocessor = new ImagePreprocessor(Config, 28);
        DevicePixels pixels = DevicePixels.Rgb24(card.Place(new byte[3 * 40 * 50], 120, gap: 0, shift: 0), 40, 50);
        long before = card.Device.AllocatedBytes;

        card.Read(pixels, preprocessor.PrepareFor(pixels, []));

        Assert.Equal(before, card.Device.AllocatedBytes);
    }

    private static HostCard Open(string kind)
    {
        if (kind == Emulated)
            return new HostCard(CudaDevices.Open(Emulated));
        PtxImage? image = PtxDriver.TryGetImage(out string reason);
        Assert.SkipUnless(image is not null, $"{PtxHost.Name}: {reason}");
        return new HostCard(PtxDriver.Open(image, Environment.ProcessorCount));
    }

    /// <summary>The machine interprets each instruction: it has the small ones, and one at random.</summary>
    private static IEnumerable<(int Width, int Height)> SizesFor(string kind, Random random) => kind == Ptx
        ? [.. Sizes.Where(size => size.Width * size.Height < 3000), (1 + random.Next(60), 1 + random.Next(60))]
        : [.. Sizes, .. Enumerable.Range(0, 20).Select(_ => (1 + random.Next(150), 1 + random.Next(150)))];

    private static void AssertSame(HostCard card, DevicePixels pixels, byte[] levels, MedicalImage image)
    {
        var preprocessor = new ImagePreprocessor(Config, 28);
        float[] expected = preprocessor.ToPixels(image);
        float[] actual = card.Read(pixels, preprocessor.PrepareFor(pixels, levels));
        Assert.True(expected.AsSpan().SequenceEqual(actual), $"{pixels}: the first difference is at {expected.AsSpan().CommonPrefixLength(actual)}.");
    }
}
