using UniMed.Bench.Synthetic;
using UniMed.Inference;
using UniMed.Native;

namespace UniMed.GpuBench.Kernels;

/// <summary>Kernels of a decoder layer and of the head, at the token counts of decode steps and of a prompt.</summary>
internal static class LanguageKernels
{
    private const int BlockSize = 16;
    private const int CachedPositions = 204;
    private const float Epsilon = 1e-5f;

    /// <summary>Times them.</summary>
    public static void Time(KernelTimer timer, Device device, LanguageConfig config, BenchSettings settings)
    {
        int hidden = config.HiddenSize;
        int queryWidth = config.NumAttentionHeads * config.HeadDim;
        int[] counts = [.. settings.Batches.Append(settings.PromptTokens).Distinct().Order()];
        foreach (SyntheticDtype dtype in settings.Dtypes)
        {
            TimeQkv(timer, device, config, dtype, counts);
            LinearCase.Time(timer, device, "o_proj + residual", dtype, queryWidth, hidden, counts, withResidual: true);
            TimeGated(timer, device, dtype, hidden, config.IntermediateSize, counts);
            LinearCase.Time(timer, device, "down_proj + residual", dtype, config.IntermediateSize, hidden, counts, withResidual: true);
            LinearCase.Time(timer, device, "lm_head", dtype == SyntheticDtype.Int4 ? SyntheticDtype.Int8 : dtype, hidden, config.VocabSize, settings.Batches);
        }

        foreach (int batch in settings.Batches)
        {
            TimeAttention(timer, device, config, batch, rows: 1, start: CachedPositions);
            TimeRows(timer, device, config, batch);
        }

        TimeAttention(timer, device, config, sequences: 1, settings.PromptTokens, start: 0);
        TimeCopy(timer, device, config);
    }

    private static void TimeQkv(KernelTimer timer, Device device, LanguageConfig config, SyntheticDtype dtype, int[] counts)
    {
        if (timer.LeavesOut($"q, k, v, {dtype.ToString().ToLowerInvariant()}"))
            return;
        BenchNumbers numbers = timer.Numbers;
        int queryWidth = config.NumAttentionHeads * config.HeadDim;
        int kvWidth = config.NumKeyValueHeads * config.HeadDim;
        using var buffers = new BenchBuffers(device);
        QkvWeights weights = buffers.DisposeWithThis(device.LoadQkv(
            numbers.Matrix(dtype, queryWidth, config.HiddenSize),
            numbers.Matrix(dtype, kvWidth, config.HiddenSize),
            numbers.Matrix(dtype, kvWidth, config.HiddenSize),
            config.NumAttentionHeads,
            config.NumKeyValueHeads,
            new RotaryTable(config.HeadDim, config.MaxPositionEmbeddings, config.RopeTheta)));
        foreach (int count in counts)
        {
            using var own = new BenchBuffers(device);
            int blocks = (count + BlockSize - 1) / BlockSize;
            KvCache cache = own.DisposeWithThis(device.CreateKvCache(1, config.NumKeyValueHeads, config.HeadDim, blocks, BlockSize));
            Tensor input = own.Put(numbers.Activations(count, config.HiddenSize), count, config.HiddenSize);
            Tensor query = own.Empty(count, queryWidth);
            int[] table = [.. Enumerable.Range(0, blocks)];
            timer.Time(
                $"q, k, v, {count} tokens",
                () => device.QkvRotary(weights, input, new AttentionBatch([0, count], [0], table, blocks), cache, 0, query),
                LinearCase.Matrices(weights),
                [
                    .. LinearCase.Parts(timer, dtype, count, config.HiddenSize, queryWidth + (2 * kvWidth)),
                    new KernelPart("qkv_rotary", count * ((8.0 * queryWidth) + (4 + 2.0) * 2 * kvWidth), 3.0 * count * (queryWidth + kvWidth)),
                ]);
        }
    }

    private static void TimeGated(KernelTimer timer, Device device, SyntheticDtype dtype, int hidden, int intermediate, int[] counts)
    {
        if (timer.LeavesOut($"gate, up + SwiGLU, {dtype.ToString().ToLowerInvariant()}"))
            return;
        BenchNumbers numbers = timer.Numbers;
        using var buffers = new BenchBuffers(device);
        GatedWeights weights = buffers.DisposeWithThis(device.LoadGated(numbers.Matrix(dtype, intermediate, hidden), numbers.Matrix(dtype, intermediate, hidden)));
        foreach (int count in counts)
        {
            using var own = new BenchBuffers(device);
            Tensor input = own.Put(numbers.Activations(count, hidden), count, hidden);
            Tensor output = own.Empty(count, intermediate);
            timer.Time($"gate, up + SwiGLU, {count} tokens", () => device.SwiGlu(weights, input, output), LinearCase.Matrices(weights), LinearCase.Parts(timer, dtype, count, hidden, 2 * intermediate, gated: true));
        }
    }

    private static void TimeAttention(KernelTimer timer, Device device, LanguageConfig config, int sequences, int rows, int start)
    {
        BenchNumbers numbers = timer.Numbers;
        int width = config.NumAttentionHeads * config.HeadDim;
        int kvWidth = config.NumKeyValueHeads * config.HeadDim;
        int length = Math.Min(start, config.MaxPositionEmbeddings - rows) + rows;
        int blocksEach = (length + BlockSize - 1) / BlockSize;
        using var buffers = new BenchBuffers(device);
        KvCache cache = buffers.DisposeWithThis(device.CreateKvCache(1, config.NumKeyValueHeads, config.HeadDim, sequences * blocksEach, BlockSize));
        int[] table = [.. Enumerable.Range(0, sequences * blocksEach)];
        numbers.Random.Shuffle(table);
        Fill(timer, device, config, cache, sequences, length, table, blocksEach);
        Tensor query = buffers.Put(numbers.Activations(sequences * rows, width), sequences * rows, width);
        Tensor output = buffers.Empty(sequences * rows, width);
        int[] offsets = [.. Enumerable.Range(0, sequences + 1).Select(s => s * rows)];
        int[] starts = [.. Enumerable.Repeat(length - rows, sequences)];
        double io = 8.0 * sequences * rows * width;
        if (rows == 1)
        {
            double units = Math.Ceiling(length / 32.0);
            double parts = 4.0 * sequences * units * (width + (2 * config.NumAttentionHeads));
            timer.Time(
                $"{sequences} sequences of {length} positions",
                () => device.DecodeAttention(query, new AttentionBatch(offsets, starts, table, blocksEach), cache, 0, output),
                new KernelPart("decode_attention", (4.0 * sequences * length * kvWidth) + (4.0 * sequences * width) + parts, 4.0 * sequences * length * width),
                new KernelPart("decode_combine", parts + (4.0 * sequences * width), 2.0 * sequences * units * width));
            return;
        }

        timer.Time(
            $"prompt of {length} tokens",
            () => device.PrefillAttention(query, new AttentionBatch(offsets, starts, table, blocksEach), cache, 0, output),
            new KernelPart("prefill_attention", (4.0 * length * kvWidth) + io, 2.0 * length * (length + 1) * width));
    }

    /// <summary>Writes keys and values of every position: attention over memory that nobody wrote would meet NaN.</summary>
    private static void Fill(KernelTimer timer, Device device, LanguageConfig config, KvCache cache, int sequences, int length, int[] table, int blocksEach)
    {
        const int Narrow = 32;
        using var buffers = new BenchBuffers(device);
        int kvWidth = config.NumKeyValueHeads * config.HeadDim;
        QkvWeights weights = buffers.DisposeWithThis(device.LoadQkv(
            timer.Numbers.Matrix(SyntheticDtype.F16, config.NumAttentionHeads * config.HeadDim, Narrow),
            timer.Numbers.Matrix(SyntheticDtype.F16, kvWidth, Narrow),
            timer.Numbers.Matrix(SyntheticDtype.F16, kvWidth, Narrow),
            config.NumAttentionHeads,
            config.NumKeyValueHeads,
            new RotaryTable(config.HeadDim, config.MaxPositionEmbeddings, config.RopeTheta)));
        int rows = sequences * length;
        Tensor input = buffers.Put(timer.Numbers.Activations(rows, Narrow), rows, Narrow);
        Tensor query = buffers.Empty(rows, config.NumAttentionHeads * config.HeadDim);
        int[] offsets = [.. Enumerable.Range(0, sequences + 1).Select(s => s * length)];
        device.QkvRotary(weights, input, new AttentionBatch(offsets, new int[sequences], table, blocksEach), cache, 0, query);
        var wait = new float[query.Columns];
        device.Download(query.Slice(0, 1), wait);
    }

    private static void TimeRows(KernelTimer timer, Device device, LanguageConfig config, int batch)
    {
        BenchNumbers numbers = timer.Numbers;
        int hidden = config.HiddenSize;
        int vocabulary = config.VocabSize;
        using var buffers = new BenchBuffers(device);
        EmbeddingWeights table = buffers.DisposeWithThis(device.LoadEmbedding(numbers.Table(SyntheticDtype.F16, vocabulary, hidden)));
        NormWeights norm = buffers.DisposeWithThis(device.LoadNorm(numbers.Vector(hidden, 1), null));
        Tensor rows = buffers.Put(numbers.Activations(batch, hidden), batch, hidden);
        Tensor output = buffers.Empty(batch, hidden);
        Tensor logits = buffers.Put(numbers.Activations(batch, vocabulary), batch, vocabulary);
        int[] ids = [.. Enumerable.Range(0, batch).Select(_ => numbers.Random.Next(vocabulary))];
        int[] order = [.. Enumerable.Range(0, batch)];
        SamplingParameters[] greedy = [.. Enumerable.Repeat(new SamplingParameters(false, 1, 0, 1, 1, 0, 2, 0), batch)];
        SamplingParameters[] drawn = [.. Enumerable.Range(0, batch).Select(row => greedy[row] with { DoSample = true, TopP = 0.9f, Seed = (ulong)row })];
        int[] offsets = [.. Enumerable.Range(0, batch + 1)];
        var chosen = new SampledToken[batch];
        timer.Time($"{batch} tokens", () => device.Embed(table, ids, null, output), new KernelPart("embed_", 6.0 * batch * hidden, 0));
        timer.Time($"{batch} x {hidden}", () => device.RmsNorm(norm, rows, Epsilon, output), new KernelPart("rms_norm", 8.0 * batch * hidden, 4.0 * batch * hidden));
        timer.Time($"{batch} x {hidden}", () => device.GatherRows(rows, order, output), new KernelPart("gather_rows", 8.0 * batch * hidden, 0));
        timer.Time(
            $"greedy, {batch} x {vocabulary}",
            () => device.Sample(logits, greedy, new int[batch], offsets, chosen),
            new KernelPart("sample_scores", 4.0 * batch * vocabulary, 10.0 * batch * vocabulary),
            new KernelPart("sample_best", 16.0 * batch * ((vocabulary + 2047) / 2048), 0));
        timer.Time(
            $"drawn, top-p 0.9, {batch} x {vocabulary}",
            () => device.Sample(logits, drawn, new int[batch], offsets, chosen),
            new KernelPart("sample_scores", 8.0 * batch * vocabulary, 10.0 * batch * vocabulary),
            new KernelPart("sample_weights", 12.0 * batch * vocabulary, 80.0 * batch * vocabulary),
            new KernelPart("sample_draw", 8.0 * batch * vocabulary, 0));
    }

    private static void TimeCopy(KernelTimer timer, Device device, LanguageConfig config)
    {
        using var buffers = new BenchBuffers(device);
        KvCache cache = buffers.DisposeWithThis(device.CreateKvCache(config.NumHiddenLayers, config.NumKeyValueHeads, config.HeadDim, 2, BlockSize));
        double bytes = 2.0 * 4 * config.NumHiddenLayers * BlockSize * config.NumKeyValueHeads * config.HeadDim;
        timer.Time("one block of all layers", () => device.CopyKvBlocks(cache, [0], [1]), new KernelPart("copy_blocks", bytes, 0));
    }
}
