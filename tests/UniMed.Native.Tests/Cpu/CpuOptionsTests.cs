using System.Globalization;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using UniMed.Native.Cpu;
using UniMed.Native.Tests.Devices;
using Xunit;

namespace UniMed.Native.Tests.Cpu;

/// <summary>What the options change, and what they must not change.</summary>
public sealed class CpuOptionsTests
{
    private static readonly ElementType[] Stored = [ElementType.F32, ElementType.F16, ElementType.BF16, ElementType.I8, ElementType.U8];

    [Fact]
    public void The_widest_vectors_are_taken_that_processor_and_switches_leave()
    {
        // tests/run switches instruction sets off and says here what must be left: a switch that has no effect would test the wide kernels again.
        int left = int.Parse(Environment.GetEnvironmentVariable("UNIMED_TEST_VECTOR_BITS") ?? "512", CultureInfo.InvariantCulture);
        int widest = Vector512.IsHardwareAccelerated && Avx512BW.IsSupported ? 512 : Avx2.IsSupported && Fma.IsSupported ? 256 : 128;

        Assert.Equal(widest, Kernels.Best.VectorBits);
        Assert.InRange(Kernels.Best.VectorBits, 128, left);
    }

    [Fact]
    public void The_number_of_threads_and_the_batch_change_no_bit()
    {
        foreach (ElementType type in Stored)
        {
            float[,] alone = Layer(type, threads: 1, rows: 1);
            foreach (int threads in new[] { 1, 2, 5 })
            {
                foreach (int rows in new[] { 2, 7, 39 })
                    Matrices.AssertSameBits(alone, Layer(type, threads, rows).Range(0, 1));
            }
        }
    }

    [Fact]
    public void Attention_of_many_images_has_the_same_bits_for_every_number_of_threads()
    {
        float[,] one = Attention(1);
        foreach (int threads in new[] { 2, 3, 16, 64 })
            Matrices.AssertSameBits(one, Attention(threads));
    }

    [Fact]
    public void Threads_may_be_kept_on_processors()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux lets a thread choose.");
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 3, Processors = [0] });

        Matrices.AssertSameBits(Layer(ElementType.F16, 1, 19), Layer(device, ElementType.F16, 19));
    }

    [Fact]
    public void How_weights_are_fetched_ahead_changes_no_bit()
    {
        foreach (ElementType type in Stored)
        {
            foreach (int rows in new[] { 1, 3 })
            {
                using var all = new CpuDevice(new CpuDeviceOptions { Threads = 2, Prefetch = PrefetchHint.AllCaches });
                using var past = new CpuDevice(new CpuDeviceOptions { Threads = 2, Prefetch = PrefetchHint.NonTemporal });
                Matrices.AssertSameBits(Layer(all, type, rows), Layer(past, type, rows));
            }
        }
    }

    [Theory]
    [InlineData("AuthenticAMD", 0x1A, PrefetchHint.NonTemporal)]
    [InlineData("AuthenticAMD", 0x19, PrefetchHint.AllCaches)]
    [InlineData("GenuineIntel", 6, PrefetchHint.AllCaches)]
    [InlineData("GenuineIntel", 0x1A, PrefetchHint.AllCaches)]
    [InlineData("", 0, PrefetchHint.AllCaches)]
    public void Weights_pass_the_caches_only_where_that_was_measured_to_be_faster(string vendor, int family, PrefetchHint hint) =>
        Assert.Equal(hint, ProcessorPrefetch.Measured(vendor, family));

    [Fact]
    public void The_device_says_how_weights_are_fetched_ahead()
    {
        Assert.SkipUnless(X86Base.IsSupported, "There are no hints to choose from but x86's.");
        using var all = new CpuDevice(new CpuDeviceOptions { Prefetch = PrefetchHint.AllCaches });
        using var past = new CpuDevice(new CpuDeviceOptions { Prefetch = PrefetchHint.NonTemporal });
        using var chosen = new CpuDevice();

        Assert.EndsWith("weights fetched ahead with prefetcht0", all.Info.Description, StringComparison.Ordinal);
        Assert.EndsWith("weights fetched ahead with prefetchnta", past.Info.Description, StringComparison.Ordinal);
        Assert.EndsWith(ProcessorPrefetch.Describe(ProcessorPrefetch.Hint), chosen.Info.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused()
    {
        Assert.ThrowsAny<ArgumentException>(() => new CpuDevice(new CpuDeviceOptions { Prefetch = (PrefetchHint)7 }));
        Assert.ThrowsAny<ArgumentException>(() => new CpuDevice(new CpuDeviceOptions { Threads = 0 }));
        Assert.ThrowsAny<ArgumentException>(() => new CpuDevice(new CpuDeviceOptions { Threads = -2 }));
        Assert.ThrowsAny<ArgumentException>(() => new CpuDevice(null!));
        if (!OperatingSystem.IsLinux())
            return;
        Assert.ThrowsAny<ArgumentException>(() => new CpuDevice(new CpuDeviceOptions { Processors = [] }));
        Assert.ThrowsAny<ArgumentException>(() => new CpuDevice(new CpuDeviceOptions { Processors = [-1] }));
        Assert.ThrowsAny<ArgumentException>(() => new CpuDevice(new CpuDeviceOptions { Processors = [1 << 20] }));
    }

    private static float[,] Layer(ElementType type, int threads, int rows)
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = threads });
        return Layer(device, type, rows);
    }

    /// <summary>More columns than one chunk holds, and rows and columns that are no multiple of a tile.</summary>
    private static float[,] Layer(CpuDevice device, ElementType type, int rows)
    {
        var random = new Random(77);
        using LinearWeights weights = device.LoadLinear(new StoredMatrix(random, 67, 1093, type).Tensor, null);
        using var input = new DeviceMatrix(device, RandomValues.Matrix(random, rows, 1093), isInput: true);
        using var output = new DeviceMatrix(device, rows, 67);
        device.Linear(weights, input.Tensor, Activation.Gelu, null, output.Tensor);
        return output.Read();
    }

    private static float[,] Attention(int threads)
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = threads });
        using var input = new DeviceMatrix(device, RandomValues.Matrix(new Random(78), 230, 3 * 2 * 36), isInput: true);
        using var output = new DeviceMatrix(device, 230, 2 * 36);
        device.VisionAttention(input.Tensor, 2, [0, 150, 151, 230], output.Tensor);
        return output.Read();
    }
}
