using UniMed.Inference;
using UniMed.Native;
using UniMed.Native.Cuda;
using Xunit;

namespace UniMed.Conformance.Tests;

/// <summary>Studies of pictures that lie in memory of a host's card: the kernels emulated, the whole model.</summary>
public sealed class DeviceStudyTests : IDisposable
{
    private readonly HostCard _card = new(CudaDevices.Open("cuda-emulated"));
    private readonly UniMedModel _model;
    private readonly MedicalImage _slice = MedicalImage.Load(Golden.Path("nano", "images", "mri_axial_080.png"));

    public DeviceStudyTests() => _model = UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions(), _card.ForModel());

    private static RequestOptions Short { get; } = new() { Generation = new GenerationOptions { MaxNewTokens = 6 } };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answers_are_those_about_the_same_picture_in_host_memory()
    {
        using Study host = _model.Open(_slice);
        using Study device = _model.Open(Placed(_slice), cancellationToken: Cancellation);

        TextAnswer expected = await host.AskAsync("Which plane is this MRI slice in?", Short, cancellationToken: Cancellation);
        TextAnswer actual = await device.AskAsync("Which plane is this MRI slice in?", Short, cancellationToken: Cancellation);
        LocateAnswer expectedBox = await host.LocateAsync("left thalamus", cancellationToken: Cancellation);
        LocateAnswer actualBox = await device.LocateAsync("left thalamus", cancellationToken: Cancellation);

        Assert.Equal(expected.TokenIds, actual.TokenIds);
        Assert.Equal(expectedBox.TokenIds, actualBox.TokenIds);
        Assert.Equal(expectedBox.Pixels, actualBox.Pixels);
    }

    [Fact]
    public async Task An_engine_answers_about_it_beside_others()
    {
        await using UniMedEngine engine = UniMedEngine.Create(_model);
        using Study device = engine.Open(Placed(_slice), cancellationToken: Cancellation);

        Task<TextAnswer> one = device.DescribeAsync(options: Short, cancellationToken: Cancellation).AsTask();
        Task<TextAnswer> other = engine.DescribeAsync(_slice, options: Short, cancellationToken: Cancellation).AsTask();

        Assert.Equal((await other).TokenIds, (await one).TokenIds);
    }

    [Fact]
    public async Task Gray_of_16_bits_without_a_window_takes_the_range_of_its_samples()
    {
        short[] samples = new short[96 * 80];
        for (int i = 0; i < samples.Length; i++)
            samples[i] = (short)((i % 96 * 20) - 1000 + (i / 96));
        using Study host = _model.Open(MedicalImage.FromGray16(samples, 96, 80, monochrome1: true));
        nint at = _card.Place(HostCard.BytesOf(samples), 192, gap: 0, shift: 0);
        using Study device = _model.Open(DevicePixels.Gray16(at, 96, 80, isSigned: true), monochrome1: true, cancellationToken: Cancellation);

        Assert.Equal(
            (await host.DescribeAsync(options: Short, cancellationToken: Cancellation)).TokenIds,
            (await device.DescribeAsync(options: Short, cancellationToken: Cancellation)).TokenIds);
    }

    [Fact]
    public void The_study_knows_the_pictures_size_and_says_that_its_bytes_are_not_here()
    {
        using Study device = _model.Open(Placed(_slice), cancellationToken: Cancellation);
        using Study again = _model.Open(Placed(_slice), cancellationToken: Cancellation);

        Assert.True(device.Image.IsOnDevice);
        Assert.False(_slice.IsOnDevice);
        Assert.Equal((_slice.Width, _slice.Height), (device.Image.Width, device.Image.Height));
        Assert.Contains("Copy it to the host", Assert.Throws<InvalidOperationException>(() => device.Image.Rgb.Length).Message, StringComparison.Ordinal);
        Assert.Equal(64, device.Image.ContentHash.Length);
        Assert.NotEqual(device.Image.ContentHash, again.Image.ContentHash);
    }

    [Fact]
    public async Task What_is_kept_of_it_goes_with_the_study_and_another_model_does_not_know_the_picture()
    {
        long before = _model.AllocatedBytes;
        MedicalImage image;
        using (Study device = _model.Open(Placed(_slice), cancellationToken: Cancellation))
        {
            image = device.Image;
            Assert.True(_model.AllocatedBytes > before);
        }

        Assert.Equal(before, _model.AllocatedBytes);
        using Study lost = _model.Open(image);
        ImageException error = await Assert.ThrowsAsync<ImageException>(() => lost.DescribeAsync(options: Short, cancellationToken: Cancellation).AsTask());
        Assert.Contains("Open it again", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_shares_no_memory_with_the_host_says_how_to_have_one()
    {
        DevicePixels pixels = Placed(_slice);
        foreach (string name in (string[])[DeviceCatalog.Cpu, "cuda-emulated"])
        {
            using UniMedModel own = UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions { Device = name });
            UniMedException error = Assert.Throws<UniMedException>(() => own.Open(pixels, cancellationToken: Cancellation));
            Assert.Equal(UniMedFailure.InvalidInput, error.Reason);
            Assert.Contains($"device '{name}'", error.Message, StringComparison.Ordinal);
            Assert.Contains(nameof(UniMedModelOptions.CudaHost), error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_cannot_be_read_is_refused_with_what_was_found_and_nothing_stays()
    {
        long before = _model.AllocatedBytes;
        DevicePixels colour = Placed(_slice);
        nint few = _card.Place(new byte[300], 300, gap: 0, shift: 0);
        DevicePointer freed = _card.Driver.Allocate(3000);
        _card.Driver.Free(freed);
        PinnedMemory pinned = _card.Driver.AllocateHost(3000);

        AssertRefused("a window is for gray ones", () => _model.Open(colour, new Windowing(40, 400), cancellationToken: Cancellation));
        AssertRefused("MONOCHROME1 is for gray ones", () => _model.Open(colour, monochrome1: true, cancellationToken: Cancellation));
        AssertRefused("its memory ends at", () => _model.Open(DevicePixels.Rgb24(few, 10, 11), cancellationToken: Cancellation));
        AssertRefused("There is no memory of the CUDA driver at", () => _model.Open(DevicePixels.Rgb24((nint)freed.Address, 10, 11), cancellationToken: Cancellation));
        AssertRefused("is host memory", () => _model.Open(DevicePixels.Rgb24(pinned.Address, 10, 11), cancellationToken: Cancellation));
        AssertRefused("not finite", () => _model.Open(DevicePixels.RgbPlanes(_card.Place(HostCard.BytesOf(new[] { float.NaN, 0, 0 }), 4, gap: 0, shift: 0, planes: 3), 1, 1), cancellationToken: Cancellation));
        _card.Driver.BeginCapture(_card.Stream);
        Assert.Contains("is being captured", Assert.Throws<InvalidOperationException>(() => _model.Open(colour, cancellationToken: Cancellation)).Message, StringComparison.Ordinal);
        _card.Driver.EndCapture(_card.Stream);
        Assert.Throws<ArgumentNullException>(() => _model.Open((DevicePixels)null!, cancellationToken: Cancellation));

        Assert.Equal(before, _model.AllocatedBytes);
        _model.Open(colour, cancellationToken: Cancellation).Dispose();
    }

    [Fact]
    public void A_cancelled_opening_keeps_nothing()
    {
        long before = _model.AllocatedBytes;
        DevicePixels pixels = Placed(_slice);

        Assert.ThrowsAny<OperationCanceledException>(() => _model.Open(pixels, cancellationToken: new CancellationToken(canceled: true)));

        Assert.Equal(before, _model.AllocatedBytes);
    }

    [Fact]
    public async Task A_disposed_model_or_engine_opens_none()
    {
        DevicePixels pixels = Placed(_slice);
        UniMedEngine engine = UniMedEngine.Create(_model);
        await engine.DisposeAsync();

        Assert.Throws<ObjectDisposedException>(() => engine.Open(pixels, cancellationToken: Cancellation));
        _model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _model.Open(pixels, cancellationToken: Cancellation));
    }

    [Fact]
    public void Options_that_name_two_devices_are_refused()
    {
        CudaHostContext host = CudaHostContext.Primary(0);
        Assert.Contains(
            "Leave Device out",
            Assert.Throws<UniMedException>(() => UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions { CudaHost = host, Device = DeviceCatalog.Cpu })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "Leave one of them out",
            Assert.Throws<UniMedException>(() => UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions { CudaHost = host, Threads = 2 })).Message,
            StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _model.Dispose();
        _card.Dispose();
    }

    private static void AssertRefused(string why, Action open)
    {
        ImageException error = Assert.Throws<ImageException>(open);
        Assert.Equal(UniMedFailure.InvalidInput, error.Reason);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    private DevicePixels Placed(MedicalImage image)
    {
        nint at = _card.Place(image.Rgb, 3 * image.Width, gap: 1, shift: 1);
        return DevicePixels.Rgb24(at, image.Width, image.Height, (3 * image.Width) + 1);
    }
}
