using System.Runtime.InteropServices;
using UniMed.GpuBench.Reporting;
using UniMed.Inference;
using UniMed.Inference.Imaging;
using UniMed.Native;
using UniMed.Native.Cuda;

namespace UniMed.GpuBench.Checks;

/// <summary>Pictures in memory of a host that shares the context, against the same samples in the processor's memory: every bit.</summary>
internal sealed class PixelChecks : IDisposable
{
    private const string Operation = "ReadPixels";

    private static readonly (int Width, int Height, int Side)[] Sizes = [(512, 512, 224), (1, 1, 28), (37, 901, 28), (901, 37, 28), (224, 100, 224), (1023, 767, 224)];

    private readonly ICudaDriver _driver;
    private readonly CudaStream _stream;
    private readonly CudaDevice _device;
    private readonly Random _random;
    private readonly TimeBudget _budget;
    private readonly Action<CheckRow> _found;

    /// <summary>Opens a device beside a stream of this program's own.</summary>
    /// <param name="driver">The card; owned.</param>
    /// <param name="seed">Seed of all samples.</param>
    /// <param name="budget">The time there is.</param>
    /// <param name="found">Receives each comparison.</param>
    public PixelChecks(ICudaDriver driver, int seed, TimeBudget budget, Action<CheckRow> found)
    {
        _driver = driver;
        _device = new CudaDevice(driver, _stream = driver.CreateStream());
        _random = new Random(seed);
        _budget = budget;
        _found = found;
    }

    /// <summary>Compares all formats at all sizes.</summary>
    public void Run(CancellationToken cancellationToken)
    {
        foreach ((int width, int height, int side) in Sizes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string what = $"{width} x {height} to {side}";
            if (_budget.LeavesOut($"check: {Operation} {what}"))
                continue;
            byte[] rgb = new byte[3 * width * height];
            _random.NextBytes(rgb);
            Compare($"{what}, Rgb24", side, rgb, at => DevicePixels.Rgb24(at, width, height), [], MedicalImage.FromRgb24(rgb, width, height));

            ushort[] samples = [.. Enumerable.Range(0, width * height).Select(_ => (ushort)_random.Next(4096))];
            var window = new Windowing(2000, 3000);
            Compare(
                $"{what}, Gray16", side, MemoryMarshal.AsBytes<ushort>(samples), at => DevicePixels.Gray16(at, width, height), GrayRendering.Levels16<ushort>(window, monochrome1: false),
                MedicalImage.FromGray16(samples, width, height, window));

            float[] planes = new float[rgb.Length];
            for (int i = 0; i < rgb.Length; i++)
                planes[(i % 3 * width * height) + (i / 3)] = rgb[i] / 255f;
            Compare($"{what}, RgbPlanes", side, MemoryMarshal.AsBytes<float>(planes), at => DevicePixels.RgbPlanes(at, width, height), [], MedicalImage.FromRgb24(rgb, width, height));
        }
    }

    public void Dispose() => _device.Dispose();

    private void Compare(string what, int side, ReadOnlySpan<byte> samples, Func<nint, DevicePixels> describe, byte[] levels, MedicalImage image)
    {
        var preprocessor = new ImagePreprocessor(new PreprocessConfig(), side);
        PinnedMemory pinned = _driver.AllocateHost(samples.Length);
        DevicePointer memory = _driver.Allocate(samples.Length);
        samples.CopyTo(pinned.Span);
        // In the stream of this program, which the reading has to wait for.
        _driver.CopyToDevice(memory, pinned, _stream);
        DevicePixels pixels = describe((nint)memory.Address);
        using DeviceBuffer output = _device.Allocate(3L * side * side);
        _device.ReadPixels(pixels, preprocessor.PrepareFor(pixels, levels), output.AsTensor(1, 3 * side * side));
        // It is over: what comes now is not seen.
        _driver.Synchronize(_stream);
        _driver.Fill(memory, 0xFF, samples.Length);
        var actual = new float[output.Length];
        _device.Download(output.AsTensor(1, 3 * side * side), actual);
        _driver.Free(memory);
        _driver.FreeHost(pinned);
        _found(new CheckRow(Operation, what, Difference.Bits(preprocessor.ToPixels(image), actual), 0));
    }
}
