using ILGPU;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>
/// output = epilogue(W x). Shapes: W [rows, columns], x [tokens, columns]. Work: 2 * rows * columns * tokens FLOP.
/// <code>
///   Narrow   up to 8 tokens    grid (tiles of 32 rows, 4 tokens each, experts)       W is read once for every 4 tokens
///   Wide     more              grid (64 rows, 64 tokens, experts)                    W is read once for every 64 tokens, decoded into shared memory
/// </code>
/// K is cut into eight slices at borders that depend on the columns alone. A slice is summed in the order of its columns and slices are added in order, by either kernel: a token has the
/// same bits in any batch. Narrow puts the slices side by side on threads; wide walks along K and closes a sum at each border, 4 x 4 outputs in a thread's registers.
/// </summary>
internal static class LinearKernels
{
    /// <summary>Slices of K.</summary>
    public const int Slices = 8;

    /// <summary>Rows of a tile of W.</summary>
    public const int TileRows = 32;

    /// <summary>Columns of a block.</summary>
    public const int BlockColumns = 32;

    /// <summary>Tokens of a narrow group.</summary>
    public const int NarrowTokens = 4;

    /// <summary>Rows, and tokens, of a wide thread.</summary>
    public const int WideSide = 4;

    public static void Narrow<TShape, TWords>(LinearArguments a)
        where TShape : unmanaged, IGroupShape
        where TWords : unmanaged, IWeightWords
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(Slices * TileRows * NarrowTokens);
        int thread = Group.IdxX;
        int expert = Grid.IdxZ;
        int tile = Grid.IdxX;
        int firstToken = Grid.IdxY * NarrowTokens;
        a = Chosen(a, expert, firstToken, NarrowTokens);
        int sliceThreads = default(TShape).Threads / default(TShape).NarrowLanes;
        for (int row = thread % default(TShape).NarrowLanes; row < TileRows; row += default(TShape).NarrowLanes)
        {
            for (int slice = thread / default(TShape).NarrowLanes; slice < Slices; slice += sliceThreads)
            {
                Row4 sum = default(TShape).SumSlice<TWords>(a, expert, tile, row, slice, firstToken);
                int at = (slice * TileRows) + row;
                sums[at] = sum.A;
                sums[at + (Slices * TileRows)] = sum.B;
                sums[at + (2 * Slices * TileRows)] = sum.C;
                sums[at + (3 * Slices * TileRows)] = sum.D;
            }
        }

        Group.Barrier();
        for (int i = thread; i < TileRows * NarrowTokens; i += default(TShape).Threads)
        {
            int row = i % TileRows;
            int at = (i / TileRows * Slices * TileRows) + row;
            float first = Total(sums, at);
            float second = a.Gated != 0 && row % 2 == 0 ? Total(sums, at + 1) : 0f;
            Store(a, expert, (tile * TileRows) + row, firstToken + (i / TileRows), first, second);
        }
    }

    public static void Wide<TShape, TWords>(LinearArguments a)
        where TShape : unmanaged, IGroupShape
        where TWords : unmanaged, IWeightWords
    {
        int tokenThreads = default(TShape).Threads / default(TShape).WideRowThreads;
        int tileRows = WideSide * default(TShape).WideRowThreads;
        int tileTokens = WideSide * tokenThreads;
        // One more, so that neighbouring columns lie in different banks.
        int pitch = tileTokens + 1;
        int stageColumns = BlockColumns * default(TShape).WideStageBlocks;
        // One stage of W, then one of x; after the last stage the finished tile, which is no larger.
        ArrayView<float> shared = SharedMemory.Allocate<float>(
            BlockColumns * default(TShape).WideStageBlocks * WideSide * (default(TShape).WideRowThreads + (default(TShape).Threads / default(TShape).WideRowThreads) + 1));
        ArrayView<float> weights = shared.SubView(0, stageColumns * tileRows);
        ArrayView<float> inputs = shared.SubView(stageColumns * tileRows, stageColumns * pitch);
        int thread = Group.IdxX;
        int expert = Grid.IdxZ;
        int firstRow = Grid.IdxX * tileRows;
        int firstToken = Grid.IdxY * tileTokens;
        a = Chosen(a, expert, firstToken, tileTokens);
        int ownRow = thread % default(TShape).WideRowThreads * WideSide;
        int ownToken = thread / default(TShape).WideRowThreads * WideSide;
        Row4 sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        Row4 total0 = default, total1 = default, total2 = default, total3 = default;
        for (int stage = 0; stage < a.Blocks; stage += default(TShape).WideStageBlocks)
        {
            Group.Barrier();
            StageWeights<TShape, TWords>(a, weights, expert, firstRow, stage);
            for (int i = thread; i < tileTokens * stageColumns; i += default(TShape).Threads)
            {
                int token = i / stageColumns;
                int k = i % stageColumns;
                int column = (stage * BlockColumns) + k;
                bool inside = firstToken + token < a.Tokens && column < a.Columns;
                inputs[(k * pitch) + token] = inside ? a.Input[InputRow(a, expert, firstToken + token) + column] : 0f;
            }

            Group.Barrier();
            for (int block = 0; block < default(TShape).WideStageBlocks; block++)
            {
                if (stage + block >= a.Blocks)
                    break;
                for (int k = block * BlockColumns; k < (block + 1) * BlockColumns; k++)
                {
                    int w = (k * tileRows) + ownRow;
                    int x = (k * pitch) + ownToken;
                    float x0 = inputs[x];
                    float x1 = inputs[x + 1];
                    float x2 = inputs[x + 2];
                    float x3 = inputs[x + 3];
                    sum0 = Row4.Add(sum0, weights[w], x0, x1, x2, x3);
                    sum1 = Row4.Add(sum1, weights[w + 1], x0, x1, x2, x3);
                    sum2 = Row4.Add(sum2, weights[w + 2], x0, x1, x2, x3);
                    sum3 = Row4.Add(sum3, weights[w + 3], x0, x1, x2, x3);
                }

                if ((stage + block + 1) % a.SliceBlocks == 0 || stage + block + 1 == a.Blocks)
                {
                    total0 = Row4.Add(total0, sum0);
                    total1 = Row4.Add(total1, sum1);
                    total2 = Row4.Add(total2, sum2);
                    total3 = Row4.Add(total3, sum3);
                    sum0 = default;
                    sum1 = default;
                    sum2 = default;
                    sum3 = default;
                }
            }
        }

        Group.Barrier();
        PutColumn(shared, (ownToken * tileRows) + ownRow, tileRows, total0);
        PutColumn(shared, (ownToken * tileRows) + ownRow + 1, tileRows, total1);
        PutColumn(shared, (ownToken * tileRows) + ownRow + 2, tileRows, total2);
        PutColumn(shared, (ownToken * tileRows) + ownRow + 3, tileRows, total3);
        Group.Barrier();
        for (int i = thread; i < tileRows * tileTokens; i += default(TShape).Threads)
        {
            int row = i % tileRows;
            float second = a.Gated != 0 && row % 2 == 0 ? shared[i + 1] : 0f;
            Store(a, expert, firstRow + row, firstToken + (i / tileRows), shared[i], second);
        }
    }

    /// <summary>A row of W times four tokens over one slice of K, in the order of its columns.</summary>
    public static Row4 SumSlice<TWords>(LinearArguments a, int expert, int tile, int row, int slice, int firstToken)
        where TWords : unmanaged, IWeightWords
    {
        // Tokens past the end read the last one; what comes of them is not stored.
        long input0 = InputRow(a, expert, Min(firstToken, a.Tokens - 1));
        long input1 = InputRow(a, expert, Min(firstToken + 1, a.Tokens - 1));
        long input2 = InputRow(a, expert, Min(firstToken + 2, a.Tokens - 1));
        long input3 = InputRow(a, expert, Min(firstToken + 3, a.Tokens - 1));
        ArrayView<float> input = a.Input;
        ArrayView<uint> words = a.Words;
        Row4 sum = default;
        int wordsOfBlock = BlockColumns / default(TWords).PerWord;
        int end = Min((slice + 1) * a.SliceBlocks, a.Blocks);
        for (int block = slice * a.SliceBlocks; block < end; block++)
        {
            long at = ((((long)expert * a.Tiles) + tile) * a.Blocks) + block;
            float scale = default(TWords).HasScales ? Arithmetic.HalfToSingle(a.Scales[(at * TileRows) + row]) : 1f;
            // Four words are on their way before the first is used.
            for (int w = 0; w < wordsOfBlock; w += 4)
            {
                long from = (((at * wordsOfBlock) + w) * TileRows) + row;
                uint word0 = words[from];
                uint word1 = words[from + TileRows];
                uint word2 = words[from + (2 * TileRows)];
                uint word3 = words[from + (3 * TileRows)];
                int k = (block * BlockColumns) + (w * default(TWords).PerWord);
                sum = AddWord<TWords>(input, a.Columns, sum, word0, scale, k, input0, input1, input2, input3);
                sum = AddWord<TWords>(input, a.Columns, sum, word1, scale, k + default(TWords).PerWord, input0, input1, input2, input3);
                sum = AddWord<TWords>(input, a.Columns, sum, word2, scale, k + (2 * default(TWords).PerWord), input0, input1, input2, input3);
                sum = AddWord<TWords>(input, a.Columns, sum, word3, scale, k + (3 * default(TWords).PerWord), input0, input1, input2, input3);
            }
        }

        return sum;
    }

    private static Row4 AddWord<TWords>(ArrayView<float> input, int columns, Row4 sum, uint word, float scale, int firstColumn, long input0, long input1, long input2, long input3)
        where TWords : unmanaged, IWeightWords
    {
        for (int i = 0; i < default(TWords).PerWord; i++)
        {
            int k = firstColumn + i;
            if (k < columns)
                sum = Row4.Add(sum, default(TWords).Decode(word, i, scale), input[input0 + k], input[input1 + k], input[input2 + k], input[input3 + k]);
        }

        return sum;
    }

    private static void StageWeights<TShape, TWords>(LinearArguments a, ArrayView<float> weights, int expert, int firstRow, int stage)
        where TShape : unmanaged, IGroupShape
        where TWords : unmanaged, IWeightWords
    {
        int tileRows = WideSide * default(TShape).WideRowThreads;
        int wordsOfBlock = BlockColumns / default(TWords).PerWord;
        for (int i = Group.IdxX; i < tileRows * wordsOfBlock * default(TShape).WideStageBlocks; i += default(TShape).Threads)
        {
            int row = firstRow + (i % tileRows);
            int w = i / tileRows;
            int block = stage + (w / wordsOfBlock);
            if (block >= a.Blocks)
                continue;
            // Rows past the last tile are summed with the others and not stored; they are the last tile's.
            long at = ((((long)expert * a.Tiles) + Min(row / TileRows, a.Tiles - 1)) * a.Blocks) + block;
            uint word = a.Words[(((at * wordsOfBlock) + (w % wordsOfBlock)) * TileRows) + (row % TileRows)];
            float scale = default(TWords).HasScales ? Arithmetic.HalfToSingle(a.Scales[(at * TileRows) + (row % TileRows)]) : 1f;
            for (int n = 0; n < default(TWords).PerWord; n++)
            {
                // What fills a row up multiplies zeros: it must not be an infinite scale times a value.
                bool inside = (block * BlockColumns) + (w % wordsOfBlock * default(TWords).PerWord) + n < a.Columns;
                weights[(((w * default(TWords).PerWord) + n) * tileRows) + (i % tileRows)] = inside ? default(TWords).Decode(word, n, scale) : 0f;
            }
        }
    }

    private static float Total(ArrayView<float> sums, int at)
    {
        float total = 0f;
        for (int slice = 0; slice < Slices; slice++)
            total += sums[at + (slice * TileRows)];
        return total;
    }

    private static void PutColumn(ArrayView<float> tile, int at, int tileRows, Row4 tokens)
    {
        tile[at] = tokens.A;
        tile[at + tileRows] = tokens.B;
        tile[at + (2 * tileRows)] = tokens.C;
        tile[at + (3 * tileRows)] = tokens.D;
    }

    /// <summary>The epilogue of one output; of gate and up the even row stores.</summary>
    private static void Store(LinearArguments a, int expert, int row, int token, float first, float second)
    {
        if (row >= a.Rows || token >= a.Tokens)
            return;
        if (a.Gated != 0)
        {
            if (row % 2 == 0)
                a.Output[((long)token * (a.Rows / 2)) + (row / 2)] = Arithmetic.Silu(first) * second;
            return;
        }

        float value = first;
        if (a.HasBias != 0)
            value += a.Bias[((long)expert * a.Rows) + row];
        if (a.Activation != 0)
            value = Arithmetic.Gelu(value);
        long at = (((long)expert * a.Tokens) + token) * a.Rows;
        a.Output[at + row] = a.HasResidual != 0 ? value + a.Residual[at + row] : value;
    }

    /// <summary>A product of nothing when no token of the tile gives the expert any weight. Not a return: barriers follow, which every compiler understands only where all threads come to them.</summary>
    private static LinearArguments Chosen(LinearArguments a, int expert, int firstToken, int tokens)
    {
        if (a.Experts == 0)
            return a;
        bool chosen = false;
        for (int token = firstToken; token < firstToken + tokens && token < a.Tokens; token++)
        {
            for (int task = 0; task < a.Tasks; task++)
                chosen |= a.Routing[((((long)task * a.Tokens) + token) * a.Experts) + expert] != 0f;
        }

        if (!chosen)
        {
            a.Blocks = 0;
            a.Tokens = 0;
        }

        return a;
    }

    /// <summary>Where a token's row begins in the input.</summary>
    public static long InputRow(LinearArguments a, int expert, int token) => (((long)(a.InputOfExpert != 0 ? expert : 0) * a.Tokens) + token) * a.Columns;

    private static int Min(int a, int b) => a < b ? a : b;
}
