using System.Buffers;

namespace UniMed.Native.Reference;

/// <summary>The product every operation is built on: rows of a weight matrix against rows of activations.</summary>
internal static unsafe class MatrixRows
{
    /// <summary>Receives row . token for every weight row and token.</summary>
    public delegate void Sink(int row, int token, float value);

    /// <summary>Computes weight[row] . input[token] for all rows and tokens; each weight row is widened once and used for all tokens.</summary>
    public static void Product(HostTensor weight, float* input, int tokens, Sink sink)
    {
        int columns = weight.Columns;
        nint inputAddress = (nint)input;
        ParallelRows.For(weight.Rows, (long)columns * tokens, (start, end) =>
        {
            float[] scratch = ArrayPool<float>.Shared.Rent(Math.Max(columns, 1));
            try
            {
                fixed (float* row = scratch)
                {
                    for (int r = start; r < end; r++)
                    {
                        weight.CopyRowTo(r, scratch);
                        for (int t = 0; t < tokens; t++)
                            sink(r, t, Dot.Product(row, (float*)inputAddress + ((long)t * columns), columns));
                    }
                }
            }
            finally
            {
                ArrayPool<float>.Shared.Return(scratch);
            }
        });
    }
}
