using System.Buffers;
using System.Runtime.InteropServices;

namespace UniMed.Native.Cuda;

/// <summary>Choice of the next token: native/cuda/sampling. Only ids and log-probabilities leave the card.</summary>
internal sealed partial class CudaDevice
{
    private const int PartThreads = 256;
    private const int PartTokens = 8 * PartThreads;
    private const int DrawThreads = 512;
    private const int PartBytes = 16;

    private static readonly int RowIntegers = Marshal.SizeOf<SamplingRow>() / sizeof(int);

    /// <summary>Tokens as the kernels leave them: ids, and log-probabilities behind them.</summary>
    public static void Unpack(ReadOnlySpan<int> both, Span<SampledToken> result)
    {
        ReadOnlySpan<float> logProbabilities = MemoryMarshal.Cast<int, float>(both[result.Length..]);
        for (int row = 0; row < result.Length; row++)
            result[row] = new SampledToken(both[row], logProbabilities[row]);
    }

    /// <inheritdoc/>
    protected override void SampleCore(Tensor logits, ReadOnlySpan<SamplingParameters> parameters, ReadOnlySpan<int> history, ReadOnlySpan<int> historyOffsets, Memory<SampledToken> result)
    {
        int rows = logits.Rows;
        if (Step is { } step)
        {
            DevicePointer rowsOfStep = step.Place((rows * RowIntegers) + history.Length + historyOffsets.Length, out Span<int> sent);
            WriteSampling(sent, parameters, history, historyOffsets);
            using CudaScratch tokens = Scratch(2L * rows * sizeof(int));
            Choose(logits, parameters, rowsOfStep, historyOffsets.Length, tokens.Pointer);
            step.Receive(tokens.Pointer, result);
            return;
        }

        // One block holds what goes to the card, then what comes back: one copy each way.
        int sentIntegers = checked((rows * RowIntegers) + history.Length + historyOffsets.Length);
        using CudaScratch memory = Scratch((sentIntegers + (2L * rows)) * sizeof(int));
        SendSampling(memory.Pointer, parameters, history, historyOffsets);
        DevicePointer ids = memory.Pointer + (sentIntegers * (long)sizeof(int));
        Choose(logits, parameters, memory.Pointer, historyOffsets.Length, ids);
        Receive(ids, result.Span);
    }

    /// <summary>Launches the choice.</summary>
    /// <param name="logits">[rows, vocabulary].</param>
    /// <param name="parameters">Of the rows.</param>
    /// <param name="sent">On the card: the rows, the offsets, then the history.</param>
    /// <param name="offsets">Number of offsets.</param>
    /// <param name="ids">Where ids go, and log-probabilities behind them.</param>
    private void Choose(Tensor logits, ReadOnlySpan<SamplingParameters> parameters, DevicePointer sent, int offsets, DevicePointer ids)
    {
        DevicePointer from = At(logits);
        int rows = logits.Rows;
        int vocabulary = logits.Columns;
        int parts = Blocks(vocabulary, PartTokens);
        bool draws = false;
        foreach (ref readonly SamplingParameters row in parameters)
            draws |= row.DoSample;
        DevicePointer historyOffsets = sent + (rows * (long)RowIntegers * sizeof(int));
        DevicePointer history = historyOffsets + (offsets * (long)sizeof(int));
        DevicePointer logProbabilities = ids + (rows * (long)sizeof(int));
        long tokens = draws ? (long)rows * vocabulary : 0;
        using CudaScratch partMemory = Scratch((long)rows * parts * PartBytes);
        using CudaScratch keys = draws ? Scratch(tokens * sizeof(uint)) : default;
        using CudaScratch maxima = draws ? Scratch((long)rows * parts * PartThreads * sizeof(uint)) : default;
        CudaLaunch scores = Begin("sample_scores", new CudaLaunchShape(rows, PartThreads, parts));
        scores.Add(from);
        scores.Add(sent);
        scores.Add(history);
        scores.Add(historyOffsets);
        scores.Add(keys.Pointer);
        scores.Add(maxima.Pointer);
        scores.Add(partMemory.Pointer);
        scores.Add(vocabulary);
        Run(scores);
        if (!draws)
        {
            CudaLaunch best = Begin("sample_best", new CudaLaunchShape(rows, 32));
            best.Add(from);
            best.Add(partMemory.Pointer);
            best.Add(ids);
            best.Add(logProbabilities);
            best.Add(vocabulary);
            Run(best);
            return;
        }

        using CudaScratch weights = Scratch(tokens * sizeof(ulong));
        using CudaScratch totals = Scratch((long)rows * parts * sizeof(ulong));
        using CudaScratch left = Scratch(tokens * sizeof(int));
        CudaLaunch weigh = Begin("sample_weights", new CudaLaunchShape(rows, PartThreads, parts));
        weigh.Add(sent);
        weigh.Add(keys.Pointer);
        weigh.Add(partMemory.Pointer);
        weigh.Add(weights.Pointer);
        weigh.Add(totals.Pointer);
        weigh.Add(vocabulary);
        Run(weigh);
        CudaLaunch draw = Begin("sample_draw", new CudaLaunchShape(rows, DrawThreads));
        draw.Add(from);
        draw.Add(sent);
        draw.Add(historyOffsets);
        draw.Add(partMemory.Pointer);
        draw.Add(keys.Pointer);
        draw.Add(weights.Pointer);
        draw.Add(left.Pointer);
        draw.Add(maxima.Pointer);
        draw.Add(totals.Pointer);
        draw.Add(ids);
        draw.Add(logProbabilities);
        draw.Add(vocabulary);
        Run(draw);
    }

    private void SendSampling(DevicePointer destination, ReadOnlySpan<SamplingParameters> parameters, ReadOnlySpan<int> history, ReadOnlySpan<int> historyOffsets)
    {
        int count = (parameters.Length * RowIntegers) + history.Length + historyOffsets.Length;
        int[] rented = ArrayPool<int>.Shared.Rent(count);
        WriteSampling(rented.AsSpan(0, count), parameters, history, historyOffsets);
        Send(destination, MemoryMarshal.AsBytes(rented.AsSpan(0, count)));
        ArrayPool<int>.Shared.Return(rented);
    }

    /// <summary>What the kernels read of the rows, the history last: it alone grows from step to step.</summary>
    private static void WriteSampling(Span<int> to, ReadOnlySpan<SamplingParameters> parameters, ReadOnlySpan<int> history, ReadOnlySpan<int> historyOffsets)
    {
        int rowIntegers = parameters.Length * RowIntegers;
        Span<SamplingRow> how = MemoryMarshal.Cast<int, SamplingRow>(to[..rowIntegers]);
        for (int row = 0; row < how.Length; row++)
            how[row] = new SamplingRow(parameters[row]);
        historyOffsets.CopyTo(to[rowIntegers..]);
        history.CopyTo(to[(rowIntegers + historyOffsets.Length)..]);
    }

    private void Receive(DevicePointer ids, Span<SampledToken> result)
    {
        int[] rented = ArrayPool<int>.Shared.Rent(2 * result.Length);
        Span<int> both = rented.AsSpan(0, 2 * result.Length);
        _driver.Synchronize(_stream);
        _driver.CopyToHost(MemoryMarshal.AsBytes(both), ids);
        Unpack(both, result);
        ArrayPool<int>.Shared.Return(rented);
    }
}
