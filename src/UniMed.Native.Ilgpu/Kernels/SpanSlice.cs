using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Frontend;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>
/// <see cref="LinearKernels.SumSlice"/> as .NET runs it fast on the CPU accelerator: the same additions in the same order. Each access of a view there asks whether its buffer is still
/// alive and whether the index is inside, which takes several times what a product does. Here a span stands over a whole row, and its ends alone are asked for.
/// </summary>
internal static class SpanSlice
{
    // Most of the accelerator's time: compiled in full at once. ILGPU, which compiles no spans, calls it as it is.
    [External(nameof(SpanSlice))]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Row4 Sum<TWords>(LinearArguments a, int expert, int tile, int row, int slice, int firstToken)
        where TWords : unmanaged, IWeightWords
    {
        int wordsOfBlock = LinearKernels.BlockColumns / default(TWords).PerWord;
        int firstBlock = slice * a.SliceBlocks;
        int blocks = Math.Min(a.SliceBlocks, a.Blocks - firstBlock);
        Row4 sum = default;
        if (blocks <= 0)
            return sum;
        int firstColumn = firstBlock * LinearKernels.BlockColumns;
        int columns = Math.Min(blocks * LinearKernels.BlockColumns, a.Columns - firstColumn);
        ReadOnlySpan<float> input0 = Inputs(a, expert, firstToken, firstColumn, columns);
        ReadOnlySpan<float> input1 = Inputs(a, expert, firstToken + 1, firstColumn, columns);
        ReadOnlySpan<float> input2 = Inputs(a, expert, firstToken + 2, firstColumn, columns);
        ReadOnlySpan<float> input3 = Inputs(a, expert, firstToken + 3, firstColumn, columns);
        long at = ((((long)expert * a.Tiles) + tile) * a.Blocks) + firstBlock;
        int blockWords = wordsOfBlock * LinearKernels.TileRows;
        ReadOnlySpan<uint> words = Over(a.Words, at * blockWords, blocks * blockWords);
        int from = row;
        for (int first = 0; first < columns; first += LinearKernels.BlockColumns)
        {
            float scale = default(TWords).HasScales ? Arithmetic.HalfToSingle(a.Scales[(at * LinearKernels.TileRows) + row]) : 1f;
            at++;
            int inside = Math.Min(LinearKernels.BlockColumns, columns - first);
            ReadOnlySpan<float> x0 = input0.Slice(first, inside);
            ReadOnlySpan<float> x1 = input1.Slice(first, inside);
            ReadOnlySpan<float> x2 = input2.Slice(first, inside);
            ReadOnlySpan<float> x3 = input3.Slice(first, inside);
            for (int k = 0; k < x0.Length; k += default(TWords).PerWord)
            {
                uint word = words[from + (k / default(TWords).PerWord * LinearKernels.TileRows)];
                for (int i = 0; i < default(TWords).PerWord && k + i < x0.Length; i++)
                    sum = Row4.Add(sum, default(TWords).Decode(word, i, scale), x0[k + i], x1[k + i], x2[k + i], x3[k + i]);
            }

            from += blockWords;
        }

        return sum;
    }

    private static ReadOnlySpan<float> Inputs(LinearArguments a, int expert, int token, int firstColumn, int columns) =>
        Over(a.Input, LinearKernels.InputRow(a, expert, Math.Min(token, a.Tokens - 1)) + firstColumn, columns);

    private static ReadOnlySpan<T> Over<T>(ArrayView<T> view, long from, int length)
        where T : unmanaged
    {
        _ = view[from + length - 1];
        return MemoryMarshal.CreateReadOnlySpan(ref view[from], length);
    }
}
