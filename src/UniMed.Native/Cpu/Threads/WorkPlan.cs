namespace UniMed.Native.Cpu;

/// <summary>How a product is cut into units of work: ranges of weight rows, and of tokens where rows alone are too few.</summary>
internal readonly struct WorkPlan
{
    /// <summary>Work below this many multiply-adds is not worth waking a thread for.</summary>
    public const long SerialWork = 1 << 16;

    private const int PromptRows = 64;
    private const int MaxRows = 64;
    private const int MaxTokens = 264;

    /// <summary>Cuts [rows of the matrix] x [tokens].</summary>
    public WorkPlan(in CpuMatrix matrix, int tokens, int threads)
    {
        int rows = matrix.Rows;
        // A panel of quantized weights costs the same whether all its rows count or not.
        int minimum = matrix.Stored is StoredAs.Int4 or StoredAs.Int8 ? Kernels.PanelRows : Kernels.TileRows;
        Rows = rows;
        Tokens = tokens;
        int wanted = threads * 8;
        RowsPerUnit = tokens == 1 ? Math.Clamp((((rows + wanted - 1) / wanted) + minimum - 1) / minimum * minimum, minimum, MaxRows) : PromptRows;
        RowUnits = (rows + RowsPerUnit - 1) / RowsPerUnit;
        TokensPerUnit = MaxTokens;
        if (RowUnits < 2 * threads && tokens > Kernels.TileTokens)
        {
            int parts = Math.Min((tokens + Kernels.TileTokens - 1) / Kernels.TileTokens, (2 * threads) + 1 - RowUnits);
            TokensPerUnit = Math.Min(MaxTokens, ((tokens + parts - 1) / parts + Kernels.TileTokens - 1) / Kernels.TileTokens * Kernels.TileTokens);
        }

        TokenUnits = (tokens + TokensPerUnit - 1) / TokensPerUnit;
    }

    public int Rows { get; }

    public int Tokens { get; }

    public int RowsPerUnit { get; }

    public int TokensPerUnit { get; }

    public int RowUnits { get; }

    public int TokenUnits { get; }

    public int Units => RowUnits * TokenUnits;

    /// <summary>The rows and tokens of a unit.</summary>
    public void Part(int unit, out int firstRow, out int rows, out int firstToken, out int tokens)
    {
        firstRow = unit % RowUnits * RowsPerUnit;
        rows = Math.Min(RowsPerUnit, Rows - firstRow);
        firstToken = unit / RowUnits * TokensPerUnit;
        tokens = Math.Min(TokensPerUnit, Tokens - firstToken);
    }
}
