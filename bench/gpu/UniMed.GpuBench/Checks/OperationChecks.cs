using UniMed.Bench.Synthetic;
using UniMed.GpuBench.Reporting;
using UniMed.Native;
using UniMed.Native.Reference;

namespace UniMed.GpuBench.Checks;

/// <summary>
/// Every operation of <see cref="Device"/> on a device against the reference device, on the same seeded numbers. An error is the largest difference in units of the root mean square of
/// its row: a wrong lane or fragment is an error of about 1, rounding operands to 16 bits one of some thousandths.
/// </summary>
internal sealed partial class OperationChecks : IDisposable
{
    /// <summary>Operands and weights of 11 bits, sums of any length: rounding errors of a row spread like its terms, and the largest of some hundred thousand outputs is about five deviations.</summary>
    private const double F16Bound = 0.005;

    /// <summary>Operands of 8 bits.</summary>
    private const double Bf16Bound = 0.04;

    /// <summary>No products: fp32 alone.</summary>
    private const double Fp32Bound = 2e-5;

    private readonly Device _device;
    private readonly ReferenceDevice _reference = new();
    private readonly BenchNumbers _numbers;
    private readonly IReadOnlyList<SyntheticDtype> _dtypes;
    private readonly TimeBudget _budget;
    private readonly Action<CheckRow> _found;

    /// <summary>Prepares checks.</summary>
    /// <param name="device">The device; not owned.</param>
    /// <param name="dtypes">How matrices are stored; bf16 is checked besides.</param>
    /// <param name="seed">Seed of all numbers.</param>
    /// <param name="budget">The time there is.</param>
    /// <param name="found">Receives each comparison.</param>
    public OperationChecks(Device device, IReadOnlyList<SyntheticDtype> dtypes, int seed, TimeBudget budget, Action<CheckRow> found)
    {
        _budget = budget;
        _device = device;
        _numbers = new BenchNumbers(seed);
        _dtypes = [.. dtypes.Append(SyntheticDtype.Bf16).Distinct()];
        _found = found;
    }

    /// <summary>Checks all operations at a shape.</summary>
    public void Run(CheckShape shape, CancellationToken cancellationToken)
    {
        Action<CheckShape>[] checks = [CheckMemory, CheckLinear, CheckNorms, CheckVision, CheckAttention, CheckConnector, CheckTokens];
        foreach (Action<CheckShape> check in checks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            check(shape);
        }
    }

    public void Dispose() => _reference.Dispose();

    /// <summary>Runs an operation on both devices and compares what it wrote.</summary>
    private void Compare(string operation, string what, double bound, Func<BenchBuffers, Tensor> run)
    {
        if (_budget.LeavesOut($"check: {operation} {what}"))
            return;
        (float[] expected, int columns) = On(_reference, run);
        (float[] actual, _) = On(_device, run);
        _found(new CheckRow(operation, what, bound == 0 ? Difference.Bits(expected, actual) : Difference.Largest(expected, actual, columns), bound));
    }

    /// <summary>Compares bits of two runs on the device.</summary>
    private void Same(string operation, string what, float[] first, float[] second) => _found(new CheckRow(operation, what, Difference.Bits(first, second), 0));

    private static (float[] Values, int Columns) On(Device device, Func<BenchBuffers, Tensor> run)
    {
        using var buffers = new BenchBuffers(device);
        Tensor result = run(buffers);
        return (Read(device, result), result.Columns);
    }

    private static float[] Read(Device device, Tensor matrix)
    {
        var values = new float[matrix.Length];
        device.Download(matrix, values);
        return values;
    }

    private static double Bound(SyntheticDtype dtype) => dtype == SyntheticDtype.Bf16 ? Bf16Bound : F16Bound;

    private static string Label(SyntheticDtype dtype) => dtype.ToString().ToLowerInvariant();
}
