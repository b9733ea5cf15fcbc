using ILGPU;
using UniMed.Native.Ilgpu.Kernels;

namespace UniMed.Native.Ilgpu;

/// <summary>The vision transformer's own operations.</summary>
internal sealed partial class IlgpuDevice
{
    /// <inheritdoc/>
    protected override void PatchEmbeddingCore(PatchEmbeddingWeights weights, Tensor pixels, Tensor output)
    {
        var own = (PackedPatchEmbedding)weights;
        int channels = own.Channels;
        long patches = (long)own.Grid * own.Grid;
        ArrayView<float> from = At(pixels);
        ArrayView<float> to = At(output);
        int rows = checked((int)(pixels.Rows * patches));
        using IlgpuMemory patchRows = Take((long)rows * own.Matrix.Columns * sizeof(float));
        using IlgpuMemory tokens = Take((long)rows * channels * sizeof(float));
        Launch(
            _kernels.Patches,
            new Index3D(rows, 1, 1),
            new RowArguments { Input = from, Other = from, Third = from, Words = own.Matrix.Words, Indices = patchRows.View<int>(), Output = patchRows.View<float>(), Columns = own.Matrix.Columns, First = own.PatchSize, Second = own.Grid });
        Product(own.Matrix, Arguments(own.Matrix, own.Bias, patchRows.View<float>(), tokens.View<float>(), rows), 1);
        Launch(
            _kernels.ImageTokens,
            new Index3D(output.Rows, 1, 1),
            new RowArguments
            {
                Input = tokens.View<float>(),
                Other = own.ClassToken.View<float>(),
                Third = own.Positions.View<float>(),
                Words = own.Matrix.Words,
                Indices = patchRows.View<int>(),
                Output = to,
                Columns = channels,
                First = (int)patches,
            });
    }

    /// <inheritdoc/>
    protected override void VisionAttentionCore(Tensor qkv, int heads, ReadOnlySpan<int> rowOffsets, Tensor output)
    {
        int headDim = output.Columns / heads;
        RequireHead(headDim, nameof(heads));
        ArrayView<float> from = At(qkv);
        ArrayView<float> to = At(output);
        int longest = 0;
        for (int image = 0; image + 1 < rowOffsets.Length; image++)
            longest = Math.Max(longest, rowOffsets[image + 1] - rowOffsets[image]);
        using IlgpuMemory offsets = Sent(rowOffsets);
        CausalArguments arguments = Attention(from, from, to, offsets.View<int>());
        arguments.RowOffsets = offsets.View<int>();
        arguments.Heads = heads;
        arguments.KvHeads = heads;
        arguments.HeadDim = headDim;
        arguments.Sequences = rowOffsets.Length - 1;
        Launch(_kernels.VisionAttention, new Index3D(Blocks(longest, AttentionKernels.TileRows), heads, rowOffsets.Length - 1), arguments);
    }

    /// <inheritdoc/>
    protected override void PoolCore(Tensor input, int grid, PoolKind kind, Tensor output)
    {
        ArrayView<float> from = At(input);
        ArrayView<float> to = At(output);
        Launch(
            _kernels.Pool,
            new Index3D(output.Rows, 1, 1),
            new RowArguments { Input = from, Other = from, Third = from, Words = to.Cast<uint>(), Indices = to.Cast<int>(), Output = to, Columns = input.Columns, First = grid, Second = (int)kind });
    }

    private static void RequireHead(int headDim, string name)
    {
        if (headDim > AttentionKernels.MaxChannels)
            throw new ArgumentException($"The ILGPU device's attention takes heads of up to {AttentionKernels.MaxChannels} channels, not {headDim}.", name);
    }

    /// <summary>An attention's arguments; views that it has no use for are other memory of theirs, so that every kernel gets some.</summary>
    private static CausalArguments Attention(ArrayView<float> query, ArrayView<float> cache, ArrayView<float> output, ArrayView<int> numbers) => new()
    {
        Query = query,
        Cache = cache,
        Output = output,
        Projected = query,
        Cos = query,
        Sin = query,
        Units = output,
        RowOffsets = numbers,
        StartPositions = numbers,
        BlockTables = numbers,
        Places = numbers,
    };
}
