using UniMed.Bench;
using UniMed.Bench.Synthetic;
using UniMed.GpuBench.Cublas;
using UniMed.GpuBench.Reporting;
using UniMed.Native;
using UniMed.Native.Cuda;

namespace UniMed.GpuBench.Kernels;

/// <summary>
/// Times the kernels of an operation one by one: the operation runs once, its launches are kept, and each is launched again between events. Before each cold measurement a product over a
/// matrix of four times the second-level cache is launched, which reads it full of other bytes; since it writes almost nothing, no dirty lines travel to memory in the time that is taken.
/// </summary>
internal sealed class KernelTimer : IDisposable
{
    private const int CacheFills = 4;
    private const int CoolColumns = 4096;

    /// <summary>Takes any card long enough that the host queues a whole measurement meanwhile.</summary>
    private const long LeastCoolBytes = 64 << 20;

    private const int Matrices = 8;
    private const int LaunchesInARow = 3 * Matrices;
    private const int EmulatedMatrices = 2;

    private readonly TapedDriver _driver;
    private readonly StreamClock _clock;
    private readonly CublasProducts _cublas;
    private readonly Dictionary<(int, int, int), Spread?> _products = [];
    private readonly BenchBuffers _cooling;
    private readonly TapedLaunch _cool;
    private readonly double _copyRate;
    private readonly TimeBudget _budget;
    private readonly Action<KernelRow> _found;

    /// <summary>Prepares the clock and the cooling product.</summary>
    /// <param name="driver">Driver of the device.</param>
    /// <param name="device">Device over that driver.</param>
    /// <param name="bandwidth">What a copy reaches.</param>
    /// <param name="settings">Repetitions.</param>
    /// <param name="budget">The time there is.</param>
    /// <param name="found">Receives each row.</param>
    public KernelTimer(TapedDriver driver, CudaDevice device, BandwidthRow bandwidth, BenchSettings settings, TimeBudget budget, Action<KernelRow> found)
    {
        _driver = driver;
        _budget = budget;
        _copyRate = bandwidth.Gigabytes.Median;
        _found = found;
        IsEmulated = driver.BringsKernels;
        _clock = new StreamClock(driver, settings.Repeat);
        _cublas = new CublasProducts(driver);
        _cooling = new BenchBuffers(device);
        Numbers = new BenchNumbers(settings.Seed);
        int columns = IsEmulated ? 64 : CoolColumns;
        int rows = IsEmulated ? 16 : (int)(Math.Max(LeastCoolBytes, (long)CacheFills * driver.Properties.L2CacheBytes) / (columns * sizeof(ushort)));
        LinearWeights matrix = _cooling.DisposeWithThis(device.LoadLinear(Numbers.Matrix(SyntheticDtype.F16, rows, columns), null));
        Tensor input = _cooling.Put(Numbers.Activations(1, columns), 1, columns);
        Tensor output = _cooling.Empty(1, rows);
        _cool = driver.Record(() => device.Linear(matrix, input, Activation.None, null, output)).Single();
    }

    /// <summary>True on the CPU.</summary>
    public bool IsEmulated { get; }

    /// <summary>Of the card: the device chooses launches by it.</summary>
    public int Multiprocessors => Math.Max(1, _driver.Properties.Multiprocessors);

    /// <summary>Which cuBLAS, or why none.</summary>
    public string CublasState => _cublas.State;

    /// <summary>Numbers for the cases.</summary>
    public BenchNumbers Numbers { get; }

    /// <summary>True, and noted, where there is no time left for a case: it need not be prepared.</summary>
    public bool LeavesOut(string what) => _budget.LeavesOut($"kernels: {what}");

    /// <summary>As the other, of an operation without a matrix.</summary>
    public void Time(string what, Action operation, params IReadOnlyList<KernelPart> parts) => Time(what, operation, [], parts);

    /// <summary>Runs an operation once and times each of its kernels.</summary>
    /// <param name="what">Layer and tokens.</param>
    /// <param name="operation">One call of an operation.</param>
    /// <param name="matrices">What launches in a row take several copies of, in turn.</param>
    /// <param name="parts">What each of its kernels must do.</param>
    /// <exception cref="InvalidOperationException">A kernel was launched that no part describes, or none for a part.</exception>
    public void Time(string what, Action operation, IReadOnlyList<CudaMatrix> matrices, IReadOnlyList<KernelPart> parts)
    {
        if (LeavesOut(what))
            return;
        IReadOnlyList<TapedLaunch> tape = _driver.Record(operation);
        _driver.Synchronize();
        foreach (KernelPart part in parts)
        {
            if (!tape.Any(launch => launch.Kernel.StartsWith(part.Family, StringComparison.Ordinal)))
                throw new InvalidOperationException($"{what}: no kernel {part.Family}* was launched, only {string.Join(", ", tape.Select(launch => launch.Kernel))}. Bring the case in bench/gpu up to date.");
        }

        foreach (TapedLaunch launch in tape)
        {
            KernelPart part = parts.FirstOrDefault(part => launch.Kernel.StartsWith(part.Family, StringComparison.Ordinal))
                ?? throw new InvalidOperationException($"{what}: kernel {launch.Kernel} was launched and has no part. Bring the case in bench/gpu up to date.");
            Spread cold = _clock.Time(Cool, () => launch.Run(_driver, _clock.Stream));
            using RotatedWeights? rotated = matrices.FirstOrDefault(matrix => launch.Takes(matrix.Pointer)) is { } matrix
                ? new RotatedWeights(_driver, matrix, IsEmulated ? EmulatedMatrices : Matrices, _clock.Stream)
                : null;
            IReadOnlyList<TapedLaunch> turns = rotated?.Of(launch) ?? [launch];
            Spread inARow = _clock.TimeInARow(IsEmulated ? EmulatedMatrices : LaunchesInARow, i => turns[i % turns.Count].Run(_driver, _clock.Stream));
            _found(new KernelRow(launch.Kernel, what, part.Bytes, part.Flops, cold, inARow, turns.Count, Share(cold), Share(inARow), Cublas(part.Product)));

            double Share(Spread time) => part.Bytes / time.Median / 1e3 / _copyRate;
        }
    }

    public void Dispose()
    {
        _cublas.Dispose();
        _cooling.Dispose();
        _clock.Dispose();
    }

    private void Cool() => _cool.Run(_driver, _clock.Stream);

    private Spread? Cublas((int Tokens, int Columns, int Rows)? product)
    {
        if (product is not { } sizes)
            return null;
        if (!_products.TryGetValue(sizes, out Spread? known))
            _products[sizes] = known = _cublas.Time(_clock, Cool, sizes.Tokens, sizes.Columns, sizes.Rows);
        return known;
    }
}
