using UniMed.Native.Host;

namespace UniMed.Native.Cpu;

/// <summary>
/// Queries, keys and values of a LLaMA layer with rotary embedding, keys and values written to the paged cache. Shapes: input [rows, hidden] -> query [rows, heads, head_dim].
/// Work: 2 * rows * hidden * (heads + 2 * kv_heads) * head_dim FLOP. A unit is one head of queries, keys or values: rotated and stored while it is in the first-level cache.
/// </summary>
public sealed partial class CpuDevice
{
    private const int QkvTokens = 264;

    /// <inheritdoc/>
    protected override unsafe void QkvRotaryCore(QkvWeights weights, Tensor input, AttentionBatch batch, KvCache cache, int layer, Tensor query)
    {
        var own = (InPlaceQkv<CpuMatrix>)weights;
        var pages = (HostKvCache)cache;
        int headDim = own.Rotary.HeadDim;

        fixed (float* cos = own.Rotary.Cos(0), sin = own.Rotary.Sin(0))
        fixed (int* rowOffsets = batch.RowOffsets, starts = batch.StartPositions, tables = batch.BlockTables)
        {
            var job = new QkvJob
            {
                Query = own.Query,
                Key = own.Key,
                Value = own.Value,
                Heads = own.Heads,
                KvHeads = own.KvHeads,
                HeadDim = headDim,
                Cos = cos,
                Sin = sin,
                Cached = new CachedBatch(pages, layer, rowOffsets, starts, tables, batch),
                Output = Data(query),
            };
            job.QueryInput = Activations(own.Query, Data(input), input.Rows, input.Columns);
            job.KeyInput = Activations(own.Key, Data(input), input.Rows, input.Columns, own.Query, job.QueryInput);
            job.ValueInput = Activations(own.Value, Data(input), input.Rows, input.Columns, own.Key, job.KeyInput);
            int heads = own.Heads + (2 * own.KvHeads);
            Run(heads * ((batch.Rows + QkvTokens - 1) / QkvTokens), (long)heads * headDim * input.Rows * input.Columns, &QkvUnit, &job);
        }
    }

    private static unsafe void QkvUnit(void* state, int unit)
    {
        ref QkvJob job = ref *(QkvJob*)state;
        int heads = job.Heads + (2 * job.KvHeads);
        int head = unit % heads;
        int firstRow = unit / heads * QkvTokens;
        int rows = Math.Min(QkvTokens, job.Cached.Rows - firstRow);
        int stride = Kernels.PadRows(job.HeadDim);
        float* product = Scratch.Of(Scratch.Products, (long)Kernels.PadTokens(rows) * stride);
        bool isQuery = head < job.Heads;
        bool isKey = !isQuery && head < job.Heads + job.KvHeads;
        int kvHead = isQuery ? 0 : (head - job.Heads) % job.KvHeads;
        if (isQuery)
            Kernels.Best.Product(job.Query, head * job.HeadDim, job.HeadDim, job.QueryInput.From(firstRow), rows, product, stride);
        else
            Kernels.Best.Product(isKey ? job.Key : job.Value, kvHead * job.HeadDim, job.HeadDim, (isKey ? job.KeyInput : job.ValueInput).From(firstRow), rows, product, stride);
        int half = job.HeadDim / 2;
        int sequence = 0;
        for (int r = 0; r < rows; r++)
        {
            int row = firstRow + r;
            float* values = product + ((nint)r * stride);
            while (row >= job.Cached.RowOffsets[sequence + 1])
                sequence++;
            int position = job.Cached.Starts[sequence] + row - job.Cached.RowOffsets[sequence];
            if (isQuery || isKey)
                Kernels.Best.Rotate(values, job.Cos + ((nint)position * half), job.Sin + ((nint)position * half), half);
            if (isQuery)
                new Span<float>(values, job.HeadDim).CopyTo(new Span<float>(job.Output + ((((nint)row * job.Heads) + head) * job.HeadDim), job.HeadDim));
            else
                PadRow(values, job.Cached.At(sequence, position, isKey ? kvHead : kvHead + job.KvHeads, out _), job.HeadDim, job.Cached.RowLength);
        }
    }

    private unsafe struct QkvJob
    {
        public CpuMatrix Query;
        public CpuMatrix Key;
        public CpuMatrix Value;
        public int Heads;
        public int KvHeads;
        public int HeadDim;
        public float* Cos;
        public float* Sin;
        public CachedBatch Cached;
        public CpuActivations QueryInput;
        public CpuActivations KeyInput;
        public CpuActivations ValueInput;
        public float* Output;
    }
}
