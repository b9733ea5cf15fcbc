using UniMed.Bench.Synthetic;
using UniMed.Native;

namespace UniMed.GpuBench.Checks;

/// <content>Cached attention, embedding, choice of tokens.</content>
internal sealed partial class OperationChecks
{
    private const int BlockSize = 16;

    private void CheckAttention(CheckShape shape)
    {
        foreach (SyntheticDtype dtype in _dtypes)
            CheckPrompts(shape.Name, dtype, shape.Hidden, shape.Heads, shape.KvHeads, shape.HeadDim);
        // Heads of 88 too, as the vision transformer has them, with a layer of their own.
        if (shape == CheckShape.Odd)
            CheckPrompts(shape.Name, SyntheticDtype.F16, shape.Hidden, 4, 4, 88);
    }

    /// <summary>Three prompts of different lengths in scattered blocks, then a token for each.</summary>
    private void CheckPrompts(string name, SyntheticDtype dtype, int hidden, int heads, int kvHeads, int headDim)
    {
        int[] lengths = [1, 17, 70];
        int blocksEach = (lengths.Max() + 1 + BlockSize - 1) / BlockSize;
        int[] table = [.. Enumerable.Range(0, lengths.Length * blocksEach)];
        _numbers.Random.Shuffle(table);
        int rows = lengths.Sum();
        int width = heads * headDim;
        HostTensor q = _numbers.Matrix(dtype, width, hidden);
        HostTensor k = _numbers.Matrix(dtype, kvHeads * headDim, hidden);
        HostTensor v = _numbers.Matrix(dtype, kvHeads * headDim, hidden);
        var rotary = new RotaryTable(headDim, blocksEach * BlockSize, 10000);
        float[] prompt = _numbers.Activations(rows, hidden);
        float[] next = _numbers.Activations(lengths.Length, hidden);
        int[] offsets = [0, lengths[0], lengths[0] + lengths[1], rows];
        string what = $"{name} {Label(dtype)}, prompts of {string.Join(", ", lengths)}, {heads} / {kvHeads} heads of {headDim}";

        Compare("QkvRotary", what, Bound(dtype), buffers => Prefill(buffers, out _, out _));
        // Scores are about 1, so an error of a key or query changes a weight by its own share: twice an operand's rounding.
        Compare("PrefillAttention", what, 2 * Bound(dtype), buffers => Attend(buffers));
        Compare("DecodeAttention", $"{what}, one more token each", 2 * Bound(dtype), buffers => Decode(buffers, copied: false));
        Compare("CopyKvBlocks", $"{what}, the longest continued from a copy", 2 * Bound(dtype), buffers => Decode(buffers, copied: true));
        Same("CopyKvBlocks", $"{what}: bits of the copy", On(_device, buffers => Decode(buffers, false)).Values, On(_device, buffers => Decode(buffers, true)).Values);
        Same("DecodeAttention", $"{what}: bits as a prompt", On(_device, buffers => Decode(buffers, false)).Values, On(_device, DecodeAsPrompt).Values);

        Tensor Prefill(BenchBuffers buffers, out KvCache cache, out QkvWeights weights)
        {
            weights = buffers.DisposeWithThis(buffers.Device.LoadQkv(q, k, v, heads, kvHeads, rotary));
            cache = buffers.DisposeWithThis(buffers.Device.CreateKvCache(2, kvHeads, headDim, table.Length + blocksEach, BlockSize));
            Tensor query = buffers.Empty(rows, width);
            buffers.Device.QkvRotary(weights, buffers.Put(prompt, rows, hidden), new AttentionBatch(offsets, [0, 0, 0], table, blocksEach), cache, 1, query);
            return query;
        }

        Tensor Attend(BenchBuffers buffers)
        {
            Tensor query = Prefill(buffers, out KvCache cache, out _);
            Tensor output = buffers.Empty(rows, width);
            buffers.Device.PrefillAttention(query, new AttentionBatch(offsets, [0, 0, 0], table, blocksEach), cache, 1, output);
            return output;
        }

        Tensor Decode(BenchBuffers buffers, bool copied)
        {
            Prefill(buffers, out KvCache cache, out QkvWeights weights);
            int[] blocks = [.. table];
            if (copied)
            {
                int[] free = [.. Enumerable.Range(table.Length, blocksEach)];
                buffers.Device.CopyKvBlocks(cache, table.AsSpan(2 * blocksEach), free);
                free.CopyTo(blocks, 2 * blocksEach);
            }

            var batch = new AttentionBatch([0, 1, 2, 3], lengths, blocks, blocksEach);
            Tensor query = buffers.Empty(lengths.Length, width);
            Tensor output = buffers.Empty(lengths.Length, width);
            buffers.Device.QkvRotary(weights, buffers.Put(next, lengths.Length, hidden), batch, cache, 1, query);
            buffers.Device.DecodeAttention(query, batch, cache, 1, output);
            return output;
        }

        Tensor DecodeAsPrompt(BenchBuffers buffers)
        {
            Prefill(buffers, out KvCache cache, out QkvWeights weights);
            var batch = new AttentionBatch([0, 1, 2, 3], lengths, table, blocksEach);
            Tensor query = buffers.Empty(lengths.Length, width);
            Tensor output = buffers.Empty(lengths.Length, width);
            buffers.Device.QkvRotary(weights, buffers.Put(next, lengths.Length, hidden), batch, cache, 1, query);
            buffers.Device.PrefillAttention(query, batch, cache, 1, output);
            return output;
        }
    }

    private void CheckTokens(CheckShape shape)
    {
        foreach (SyntheticDtype dtype in (SyntheticDtype[])[SyntheticDtype.F32, SyntheticDtype.F16, SyntheticDtype.Bf16])
        {
            HostTensor table = _numbers.Table(dtype, shape.Vocabulary, shape.Hidden);
            float[] visual = _numbers.Activations(3, shape.Hidden);
            int[] ids = [1, ~0, ~2, ~1, shape.Vocabulary - 1, 0, 1];
            Compare("Embed", $"{shape.Name} {Label(dtype)}, 4 words and 3 visual tokens, width {shape.Hidden}", 0, buffers =>
            {
                Tensor output = buffers.Empty(ids.Length, shape.Hidden);
                buffers.Device.Embed(buffers.DisposeWithThis(buffers.Device.LoadEmbedding(table)), ids, buffers.Put(visual, 3, shape.Hidden), output);
                return output;
            });
        }

        const int Rows = 9;
        float[] logits = _numbers.Activations(Rows, shape.Vocabulary, 6);
        int[] offsets = [.. Enumerable.Range(0, Rows + 1).Select(row => 3 * row)];
        int[] history = [.. Enumerable.Range(0, offsets[^1]).Select(_ => _numbers.Random.Next(shape.Vocabulary))];
        (string Name, SamplingParameters Parameters)[] ways =
        [
            ("greedy", new(false, 1, 0, 1, 1, 0, 2, 0)),
            ("greedy, repetition penalty, least length", new(false, 1, 0, 1, 1.3f, 8, 2, 0)),
            ("sampled", new(true, 0.8f, 0, 1, 1, 0, 2, 7)),
            ("sampled, top-k 50, top-p 0.9", new(true, 1.1f, 50, 0.9f, 1.1f, 0, 2, 8)),
        ];
        foreach ((string name, SamplingParameters parameters) in ways)
        {
            SampledToken[] expected = Choose(_reference, parameters);
            SampledToken[] actual = Choose(_device, parameters);
            string what = $"{shape.Name} {name}, {Rows} x {shape.Vocabulary}";
            _found(new Reporting.CheckRow("Sample", $"{what}: differing tokens", expected.Zip(actual).Count(pair => pair.First.Id != pair.Second.Id), 0));
            _found(new Reporting.CheckRow("Sample", $"{what}: log-probability", expected.Zip(actual).Max(pair => Math.Abs(pair.First.LogProbability - (double)pair.Second.LogProbability)), 1e-4));
        }

        SampledToken[] Choose(Device device, SamplingParameters parameters)
        {
            using var buffers = new BenchBuffers(device);
            var chosen = new SampledToken[Rows];
            device.Sample(buffers.Put(logits, Rows, shape.Vocabulary), [.. Enumerable.Repeat(parameters, Rows)], history, offsets, chosen);
            return chosen;
        }
    }
}
