using ILGPU;
using ILGPU.Util;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>
/// What the connector needs beside products: the router's hidden layer of each task, routing weights of logits, and the weighted sum of experts. Memory is read and written once for
/// each task; work is negligible.
/// </summary>
internal static class ConnectorKernels
{
    /// <summary>hidden = GELU(product + folded) for one task: the product is the same for all. Grid (rows).</summary>
    public static void RouterHidden<TShape>(RouterHiddenArguments a)
        where TShape : unmanaged, IGroupShape
    {
        long row = (long)Grid.IdxX * a.Columns;
        long folded = (long)(Grid.IdxX % a.TokensPerImage % a.FoldedRows) * a.Columns;
        for (int c = Group.IdxX; c < a.Columns; c += default(TShape).Threads)
            a.Hidden[row + c] = Arithmetic.Gelu(a.Product[row + c] + a.Folded[folded + c]);
    }

    /// <summary>Routing weights. Grid: any; a thread takes whole rows, since experts are few.</summary>
    public static void RoutingWeights<TShape>(RoutingArguments a)
        where TShape : unmanaged, IGroupShape
    {
        for (int row = (Grid.IdxX * default(TShape).Threads) + Group.IdxX; row < a.Rows; row += Grid.DimX * default(TShape).Threads)
        {
            long begin = (long)row * a.Experts;
            if (a.Kind == (int)RouterKind.Soft)
                Soft(a, begin);
            else if (a.Kind == (int)RouterKind.Sparse)
                Sparse(a, begin);
            else
                Fixed(a, begin);
        }
    }

    /// <summary>output = sum over experts, in order, of weight * part, for each task; parts of weight 0 are not read. Grid (rows, tasks).</summary>
    public static void WeightedSum<TShape>(RoutingArguments a)
        where TShape : unmanaged, IGroupShape
    {
        int token = Grid.IdxX;
        long row = ((long)Grid.IdxY * a.Rows) + token;
        for (int c = Group.IdxX; c < a.Columns; c += default(TShape).Threads)
        {
            float sum = 0f;
            for (int expert = 0; expert < a.Experts; expert++)
            {
                float weight = a.Routing[(row * a.Experts) + expert];
                if (weight != 0f)
                    sum += a.Parts[((((long)expert * a.Rows) + token) * a.Columns) + c] * weight;
            }

            a.Output[(row * a.Columns) + c] = sum;
        }
    }

    private static void Soft(RoutingArguments a, long begin)
    {
        float sum = 0f;
        for (int expert = 0; expert < a.Experts; expert++)
        {
            float sigmoid = 1f / (1f + Arithmetic.Exp(-a.Logits[begin + expert]));
            a.Routing[begin + expert] = sigmoid;
            sum += sigmoid;
        }

        for (int expert = 0; expert < a.Experts; expert++)
            a.Routing[begin + expert] /= sum;
    }

    private static void Sparse(RoutingArguments a, long begin)
    {
        float largest = float.NegativeInfinity;
        for (int expert = 0; expert < a.Experts; expert++)
        {
            float logit = a.Logits[begin + expert];
            largest = logit > largest ? logit : largest;
        }

        float sum = 0f;
        for (int expert = 0; expert < a.Experts; expert++)
        {
            float kept = IsKept(a, begin, expert) ? Arithmetic.Exp(a.Logits[begin + expert] - largest) : 0f;
            a.Routing[begin + expert] = kept;
            sum += kept;
        }

        for (int expert = 0; expert < a.Experts; expert++)
            a.Routing[begin + expert] /= sum;
    }

    /// <summary>True when fewer than the choice stand before it: larger logits, among equals lower experts, NaN before all numbers, so that it shows.</summary>
    private static bool IsKept(RoutingArguments a, long begin, int expert)
    {
        float logit = a.Logits[begin + expert];
        int before = 0;
        for (int other = 0; other < a.Experts; other++)
        {
            float rival = a.Logits[begin + other];
            bool equal = (rival == logit) | (float.IsNaN(rival) & float.IsNaN(logit));
            bool larger = (rival > logit) | (float.IsNaN(rival) & !float.IsNaN(logit));
            // Counted without a branch: ILGPU takes a number that only branches change for the same in all threads (docs/kernels.md).
            before += Utilities.Select(larger | (equal & (other < expert)), 1, 0);
        }

        return before < a.Choice;
    }

    private static void Fixed(RoutingArguments a, long begin)
    {
        for (int expert = 0; expert < a.Experts; expert++)
        {
            if (a.Kind == (int)RouterKind.Constant)
                a.Routing[begin + expert] = 1f / a.Experts;
            else
                a.Routing[begin + expert] = expert == a.Choice ? 1f : 0f;
        }
    }
}
