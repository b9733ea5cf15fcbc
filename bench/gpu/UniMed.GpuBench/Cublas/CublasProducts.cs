using System.Runtime.InteropServices;
using UniMed.Bench;
using UniMed.GpuBench.Kernels;
using UniMed.Native.Cuda;

namespace UniMed.GpuBench.Cublas;

/// <summary>Times cuBLAS at the sizes of our products: same clock, same cold cache. Where there is no cuBLAS it says so and times nothing.</summary>
internal sealed class CublasProducts : IDisposable
{
    private const int RandomNumbers = 1 << 20;

    private readonly ICudaDriver _driver;
    private readonly CurrentContext? _context;
    private readonly CublasLibrary? _library;

    /// <summary>Looks for cuBLAS.</summary>
    public CublasProducts(ICudaDriver driver)
    {
        _driver = driver;
        if (driver.BringsKernels)
        {
            State = "not compared with cuBLAS: the emulation is no card";
            return;
        }

        nint handle = CublasSearch.Load(CublasSearch.Candidates(), out string path);
        if (handle == 0)
        {
            State = "not compared with cuBLAS: no libcublas in the library path, /usr/local/cuda*/lib64, or Python's site-packages (nvidia-cublas-cu12, torch)";
            return;
        }

        _context = CurrentContext.Enter(driver.Properties.Ordinal);
        try
        {
            _library = new CublasLibrary(handle, path, (library, name) => NativeLibrary.TryGetExport(library, name, out nint address) ? address : 0);
            State = $"compared with {_library.Description}: cublasGemmEx, f16, sums in fp32";
        }
        catch (Exception error) when (error is InvalidOperationException or CublasException)
        {
            State = $"not compared with cuBLAS: {error.Message}";
        }
    }

    /// <summary>Which cuBLAS, or why none.</summary>
    public string State { get; }

    /// <summary>Times a product; null without cuBLAS.</summary>
    /// <param name="clock">The clock.</param>
    /// <param name="cool">Fills the cache with something else.</param>
    /// <param name="tokens">Rows of the input.</param>
    /// <param name="columns">Input features.</param>
    /// <param name="rows">Output features.</param>
    public Spread? Time(StreamClock clock, Action cool, int tokens, int columns, int rows)
    {
        if (_library is null)
            return null;
        // The power a card draws, and so its clock, depends on the numbers: zeros would be too easy.
        DevicePointer weight = Random((long)rows * columns);
        DevicePointer input = Random((long)tokens * columns);
        DevicePointer output = _driver.Allocate((long)tokens * rows * sizeof(ushort));
        try
        {
            _library.SetStream(clock.Stream.Handle);
            return clock.Time(cool, () => _library.Product((nint)weight.Address, (nint)input.Address, (nint)output.Address, tokens, columns, rows));
        }
        finally
        {
            _driver.Free(output);
            _driver.Free(input);
            _driver.Free(weight);
        }
    }

    public void Dispose()
    {
        _library?.Dispose();
        _context?.Dispose();
    }

    private DevicePointer Random(long numbers)
    {
        var random = new Random(1);
        var halves = new Half[Math.Min(numbers, RandomNumbers)];
        for (int i = 0; i < halves.Length; i++)
            halves[i] = (Half)((random.NextSingle() - 0.5f) / 16);
        DevicePointer memory = _driver.Allocate(numbers * sizeof(ushort));
        for (long at = 0; at < numbers; at += halves.Length)
            _driver.CopyToDevice(memory + (at * sizeof(ushort)), MemoryMarshal.AsBytes(halves.AsSpan(0, (int)Math.Min(halves.Length, numbers - at))));
        return memory;
    }
}
