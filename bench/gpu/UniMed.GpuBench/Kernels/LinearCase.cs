using UniMed.Bench.Synthetic;
using UniMed.Native;
using UniMed.Native.Cuda;

namespace UniMed.GpuBench.Kernels;

/// <summary>Times one linear layer at several token counts.</summary>
internal static class LinearCase
{
    /// <summary>Loads the layer once and times it.</summary>
    /// <param name="timer">The timer.</param>
    /// <param name="device">The device.</param>
    /// <param name="name">Such as "o_proj + residual".</param>
    /// <param name="dtype">How the matrix is stored.</param>
    /// <param name="columns">Input features.</param>
    /// <param name="rows">Output features.</param>
    /// <param name="tokens">Token counts.</param>
    /// <param name="activation">What follows the product.</param>
    /// <param name="withResidual">Whether a residual is added.</param>
    /// <param name="withBias">Whether a bias is added.</param>
    public static void Time(
        KernelTimer timer, Device device, string name, SyntheticDtype dtype, int columns, int rows, IEnumerable<int> tokens, Activation activation = Activation.None, bool withResidual = false, bool withBias = false)
    {
        if (timer.LeavesOut($"{name}, {dtype.ToString().ToLowerInvariant()}"))
            return;
        using var buffers = new BenchBuffers(device);
        LinearWeights weights = buffers.DisposeWithThis(device.LoadLinear(timer.Numbers.Matrix(dtype, rows, columns), withBias ? timer.Numbers.Vector(rows) : null));
        foreach (int count in tokens)
        {
            using var activations = new BenchBuffers(device);
            Tensor input = activations.Put(timer.Numbers.Activations(count, columns), count, columns);
            Tensor output = activations.Empty(count, rows);
            Tensor? residual = withResidual ? activations.Put(timer.Numbers.Activations(count, rows), count, rows) : null;
            timer.Time($"{name}, {count} tokens", () => device.Linear(weights, input, activation, residual, output), Matrices(weights), Parts(timer, dtype, count, columns, rows, withResidual));
        }
    }

    /// <summary>The matrices of a layer on the card.</summary>
    public static IReadOnlyList<CudaMatrix> Matrices(DeviceWeights weights) => weights switch
    {
        CudaDevice.PackedLinear linear => [linear.Matrix],
        CudaDevice.PackedGated gated => [gated.Matrix],
        CudaDevice.PackedQkv qkv => [qkv.Matrix],
        CudaDevice.PackedRouter router => [router.Token, router.Fc2],
        CudaDevice.PackedExperts { Second: { } second } experts => [experts.First, second],
        CudaDevice.PackedExperts experts => [experts.First],
        _ => throw new ArgumentException($"{weights.GetType().Name} has no matrices that are known here.", nameof(weights)),
    };

    /// <summary>
    /// What the launches of a product must do: weights and activations once. Many tokens become operands first: activations in, operands out. Where K is split over blocks: parts in,
    /// outputs out.
    /// </summary>
    public static IReadOnlyList<KernelPart> Parts(KernelTimer timer, SyntheticDtype dtype, int tokens, int columns, int rows, bool withResidual = false, bool gated = false)
    {
        double outputs = (withResidual ? 2 : 1) * (gated ? rows / 2.0 : rows);
        var product = new KernelPart(
            "linear_", (BenchNumbers.Bits(dtype) / 8 * rows * columns) + (4.0 * tokens * (columns + outputs)), 2.0 * tokens * rows * columns, (tokens, columns, rows));
        if (tokens <= WideProduct.MaxNarrowTokens)
            return [product];
        var round = new KernelPart("linear_operands_", 6.0 * tokens * columns, 0);
        WeightFormat format = dtype switch
        {
            SyntheticDtype.Int8 => WeightFormat.Int8Block32,
            SyntheticDtype.Int4 => WeightFormat.Int4Block32,
            _ => WeightFormat.Plain,
        };
        int parts = WideProduct.Choose(format, tokens, (rows + 15) / 16, columns, timer.Multiprocessors).Parts(columns);
        return parts == 0 ? [round, product] : [round, new KernelPart("linear_sum", 4.0 * tokens * ((parts * (double)rows) + outputs), (double)parts * tokens * rows), product];
    }
}
