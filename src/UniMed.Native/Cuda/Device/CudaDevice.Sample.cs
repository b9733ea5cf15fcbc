using System.Buffers;
using System.Runtime.InteropServices;

namespace UniMed.Native.Cuda;

/// <summary>Choice of the next token: native/cuda/sampling. Only ids and log-probabilities leave the card.</summary>
internal sealed partial class CudaDevice
{
    private const int SampleThreads = 512;

    private static readonly int RowIntegers = Marshal.SizeOf<SamplingRow>() / sizeof(int);

    /// <inheritdoc/>
    protected override void SampleCore(Tensor logits, ReadOnlySpan<SamplingParameters> parameters, ReadOnlySpan<int> history, ReadOnlySpan<int> historyOffsets, Span<SampledToken> result)
    {
        int rows = logits.Rows;
        int vocabulary = logits.Columns;
        DevicePointer from = At(logits);
        RequireNoStep(nameof(Sample));
        bool draws = false;
        for (int row = 0; row < rows; row++)
            draws |= parameters[row].DoSample;

        // One block holds what goes to the card, then what comes back: one copy each way.
        int sentIntegers = checked((rows * RowIntegers) + history.Length + historyOffsets.Length);
        using CudaScratch memory = Scratch((sentIntegers + (2L * rows)) * sizeof(int));
        SendSampling(memory.Pointer, parameters, history, historyOffsets);
        using CudaScratch keys = draws ? Scratch((long)rows * vocabulary * sizeof(uint)) : default;
        using CudaScratch weights = draws ? Scratch((long)rows * vocabulary * sizeof(double)) : default;
        DevicePointer past = memory.Pointer + (rows * (long)RowIntegers * sizeof(int));
        DevicePointer ids = memory.Pointer + (sentIntegers * (long)sizeof(int));
        CudaLaunch launch = Begin("sample_tokens", new CudaLaunchShape(rows, SampleThreads, SharedBytes: sizeof(uint) * Blocks(vocabulary, 32)));
        launch.Add(from);
        launch.Add(memory.Pointer);
        launch.Add(past);
        launch.Add(past + (history.Length * (long)sizeof(int)));
        launch.Add(keys.Pointer);
        launch.Add(weights.Pointer);
        launch.Add(ids);
        launch.Add(ids + (rows * (long)sizeof(int)));
        launch.Add(vocabulary);
        Run(launch);
        Receive(ids, result);
    }

    private void SendSampling(DevicePointer destination, ReadOnlySpan<SamplingParameters> parameters, ReadOnlySpan<int> history, ReadOnlySpan<int> historyOffsets)
    {
        int rowIntegers = parameters.Length * RowIntegers;
        int[] rented = ArrayPool<int>.Shared.Rent(rowIntegers + history.Length + historyOffsets.Length);
        Span<SamplingRow> how = MemoryMarshal.Cast<int, SamplingRow>(rented.AsSpan(0, rowIntegers));
        for (int row = 0; row < how.Length; row++)
            how[row] = new SamplingRow(parameters[row]);
        history.CopyTo(rented.AsSpan(rowIntegers));
        historyOffsets.CopyTo(rented.AsSpan(rowIntegers + history.Length));
        Send(destination, MemoryMarshal.AsBytes(rented.AsSpan(0, rowIntegers + history.Length + historyOffsets.Length)));
        ArrayPool<int>.Shared.Return(rented);
    }

    private void Receive(DevicePointer ids, Span<SampledToken> result)
    {
        int[] rented = ArrayPool<int>.Shared.Rent(2 * result.Length);
        Span<int> both = rented.AsSpan(0, 2 * result.Length);
        _driver.Synchronize(_stream);
        _driver.CopyToHost(MemoryMarshal.AsBytes(both), ids);
        ReadOnlySpan<float> logProbabilities = MemoryMarshal.Cast<int, float>(both[result.Length..]);
        for (int row = 0; row < result.Length; row++)
            result[row] = new SampledToken(both[row], logProbabilities[row]);
        ArrayPool<int>.Shared.Return(rented);
    }
}
