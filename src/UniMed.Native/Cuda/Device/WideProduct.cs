namespace UniMed.Native.Cuda;

/// <summary>
/// How the products for many tokens of native/cuda/linear (wide.cu, quantized.cu) are launched: tokens of a block, and over how many blocks K is split. Whatever is chosen, a token
/// has the same bits; the choice is one of speed, by a model of a card that no card has confirmed.
/// </summary>
/// <param name="Format">How the weights are stored.</param>
/// <param name="BlockTokens">64, 96 or 128.</param>
/// <param name="Splits">1, 2, 4 or 8.</param>
internal readonly record struct WideProduct(WeightFormat Format, int BlockTokens, int Splits)
{
    /// <summary>Up to so many tokens the narrow products are faster: they read activations as they are.</summary>
    public const int MaxNarrowTokens = 32;

    /// <summary>Weight tiles of a block.</summary>
    public const int BlockTiles = 8;

    /// <summary>Threads of a block.</summary>
    public const int Threads = 256;

    private const int Slices = 8;
    private const int StageColumns = 64;
    private const int Ring = 3;

    // What the model of a card counts, in clocks. A stage of f16 and bf16 is four steps of 128 rows, each two clocks for a token, as tensor cores multiply at half of an H200's
    // peak; reading weights is worth some tokens more. A stage of int8 and int4 takes as long as shared memory takes to hand over its bytes at 128 a clock, which is longer than
    // an H200 takes to issue its instructions: 532, 692 and 852 clocks of int8 with 64, 96 and 128 tokens, 436, 596 and 836 of int4, against 417 to 659 (docs/performance.md). A
    // block has its first loads and its epilogue besides, a launch of linear_sum its start and the bytes of the parts, written and read in L2.
    private const int ClocksOfStageAndToken = 8;
    private const int TokensWorthOfWeights = 32;
    private const int ClocksOfQuantizedStageAndToken = 5;
    private const int TokensWorthOfInt8Weights = 42;
    private const int TokensWorthOfInt4Weights = 30;
    private const int ClocksOfBlock = 2000;
    private const int ClocksOfSum = 3000;
    private const int BytesOfClock = 2048;

    /// <summary>Dynamic shared memory of a block: three stages of weights and operands, or in the end all sums, each token's with four numbers more.</summary>
    public int SharedBytes => Math.Max(
        Ring * ((BlockTiles * TileStageBytes) + (BlockTokens * StageColumns * sizeof(ushort))),
        BlockTokens * ((BlockTiles * 16) + 4) * sizeof(float));

    /// <summary>The kernel.</summary>
    public LinearWidth Width => BlockTokens switch { 64 => LinearWidth.Wide64, 96 => LinearWidth.Wide96, _ => LinearWidth.Wide128 };

    /// <summary>Bytes of a weight tile's stage: values, and of quantized weights the scales of 16 rows and two blocks.</summary>
    private int TileStageBytes => Format switch
    {
        WeightFormat.Int8Block32 => (16 * StageColumns) + 64,
        WeightFormat.Int4Block32 => (16 * StageColumns / 2) + 64,
        _ => 16 * StageColumns * sizeof(ushort),
    };

    /// <summary>The fastest launch by the model.</summary>
    /// <param name="format">How the weights are stored.</param>
    /// <param name="tokens">Tokens, 1 or more.</param>
    /// <param name="tiles">Tiles of 16 weight rows.</param>
    /// <param name="columns">Columns that are summed over.</param>
    /// <param name="multiprocessors">Of the card.</param>
    public static WideProduct Choose(WeightFormat format, int tokens, int tiles, int columns, int multiprocessors)
    {
        WideProduct best = default;
        long least = long.MaxValue;
        foreach (int blockTokens in (ReadOnlySpan<int>)[128, 96, 64])
        {
            foreach (int splits in (ReadOnlySpan<int>)[1, 2, 4, 8])
            {
                var product = new WideProduct(format, blockTokens, splits);
                if (splits > 1 && Slices / splits * SliceStages(columns) >= Stages(columns))
                    break;
                long clocks = product.Clocks(tokens, tiles, columns, multiprocessors);
                if (clocks < least)
                {
                    least = clocks;
                    best = product;
                }
            }
        }

        return best;
    }

    /// <summary>Stages of 64 columns.</summary>
    public static int Stages(int columns) => Blocks(columns, StageColumns);

    /// <summary>Parts of a sum that a split launch leaves: one of the first blocks, and one for each slice of the others.</summary>
    public int Parts(int columns) => Splits == 1 ? 0 : 1 + Math.Max(0, Blocks(Stages(columns), Math.Max(1, SliceStages(columns))) - (Slices / Splits));

    /// <summary>Token tiles of 8 that operands are made for: those of whole blocks.</summary>
    public int TokenTiles(int tokens) => Blocks(tokens, BlockTokens) * (BlockTokens / 8);

    private static int SliceStages(int columns) => Blocks(Stages(columns), Slices);

    private static int Blocks(int work, int each) => (int)(((long)work + each - 1) / each);

    private long Clocks(int tokens, int tiles, int columns, int multiprocessors)
    {
        long blocks = (long)Blocks(tokens, BlockTokens) * Blocks(tiles, BlockTiles) * Splits;
        long waves = (blocks + multiprocessors - 1) / multiprocessors;
        long stages = Math.Min(Stages(columns), Slices / Splits * SliceStages(columns));
        int stage = Format switch
        {
            WeightFormat.Int8Block32 => ClocksOfQuantizedStageAndToken * (BlockTokens + TokensWorthOfInt8Weights),
            WeightFormat.Int4Block32 => ClocksOfQuantizedStageAndToken * (BlockTokens + TokensWorthOfInt4Weights),
            _ => ClocksOfStageAndToken * (BlockTokens + TokensWorthOfWeights),
        };
        long product = waves * ((stages * stage) + ClocksOfBlock);
        return Splits == 1 ? product : product + ClocksOfSum + (2L * Parts(columns) * tokens * tiles * 16 * sizeof(float) / BytesOfClock);
    }
}
