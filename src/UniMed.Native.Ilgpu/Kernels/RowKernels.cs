using ILGPU;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>Rows that are moved with little or no arithmetic: grid (rows of the output), threads along the columns. Each number is read and written once.</summary>
internal static class RowKernels
{
    /// <summary>Embedding: Words is the table [vocabulary, words of a row], Indices the ids [rows], negative for rows ~id of Input, the visual tokens; First is the words of a row.</summary>
    public static void Embed<TShape, TWords>(RowArguments a)
        where TShape : unmanaged, IGroupShape
        where TWords : unmanaged, IWeightWords
    {
        long to = (long)Grid.IdxX * a.Columns;
        int id = a.Indices[Grid.IdxX];
        for (int c = Group.IdxX; c < a.Columns; c += default(TShape).Threads)
        {
            if (id < 0)
                a.Output[to + c] = a.Input[((long)~id * a.Columns) + c];
            else
                a.Output[to + c] = default(TWords).Decode(a.Words[((long)id * a.First) + (c / default(TWords).PerWord)], c % default(TWords).PerWord, 1f);
        }
    }

    /// <summary>Row r of Output is row Indices[r] of Input.</summary>
    public static void Gather<TShape>(RowArguments a)
        where TShape : unmanaged, IGroupShape
    {
        long to = (long)Grid.IdxX * a.Columns;
        long from = (long)a.Indices[Grid.IdxX] * a.Columns;
        for (int c = Group.IdxX; c < a.Columns; c += default(TShape).Threads)
            a.Output[to + c] = a.Input[from + c];
    }

    /// <summary>2 x 2 pooling of Input [images, First, First, columns]; Second is a <see cref="PoolKind"/>.</summary>
    public static void Pool<TShape>(RowArguments a)
        where TShape : unmanaged, IGroupShape
    {
        int half = a.First / 2;
        int place = Grid.IdxX;
        int image = place / (half * half);
        int y = place / half % half * 2;
        int x = place % half * 2;
        long top = ((((long)image * a.First) + y) * a.First) + x;
        long topLeft = top * a.Columns;
        long bottomLeft = (top + a.First) * a.Columns;
        for (int c = Group.IdxX; c < a.Columns; c += default(TShape).Threads)
        {
            float p = a.Input[topLeft + c];
            float q = a.Input[topLeft + a.Columns + c];
            float r = a.Input[bottomLeft + c];
            float s = a.Input[bottomLeft + a.Columns + c];
            a.Output[((long)place * a.Columns) + c] = a.Second == (int)PoolKind.Average ? (p + q + r + s) / 4f : Larger(Larger(p, q), Larger(r, s));
        }
    }

    /// <summary>Row p of Output holds patch p of an image of Input [images, 3, First * Second, First * Second] in the order of the convolution's weight; First is the patch's side, Second the grid's.</summary>
    public static void Patches<TShape>(RowArguments a)
        where TShape : unmanaged, IGroupShape
    {
        int patches = a.Second * a.Second;
        int row = Grid.IdxX;
        int image = row / patches;
        int patch = row % patches;
        int side = a.First * a.Second;
        for (int c = Group.IdxX; c < a.Columns; c += default(TShape).Threads)
        {
            int channel = c / (a.First * a.First);
            int y = (patch / a.Second * a.First) + (c / a.First % a.First);
            int x = (patch % a.Second * a.First) + (c % a.First);
            a.Output[((long)row * a.Columns) + c] = a.Input[((((((long)image * 3) + channel) * side) + y) * side) + x];
        }
    }

    /// <summary>Tokens of an image: Other, the class token, then the First patches of Input, each plus its row of Third, the position embedding.</summary>
    public static void ImageTokens<TShape>(RowArguments a)
        where TShape : unmanaged, IGroupShape
    {
        int image = Grid.IdxX / (1 + a.First);
        int token = Grid.IdxX % (1 + a.First);
        long from = (((long)image * a.First) + token - 1) * a.Columns;
        for (int c = Group.IdxX; c < a.Columns; c += default(TShape).Threads)
        {
            float value = token == 0 ? a.Other[c] : a.Input[from + c];
            a.Output[((long)Grid.IdxX * a.Columns) + c] = value + a.Third[((long)token * a.Columns) + c];
        }
    }

    /// <summary>The larger of two; NaN wins, as in torch.</summary>
    private static float Larger(float a, float b) => a > b || float.IsNaN(a) ? a : b;
}
