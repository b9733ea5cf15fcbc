namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>One colour component of the frame: its geometry, and its state while scans are read.</summary>
internal sealed class JpegComponent
{
    /// <summary>Samples on a side of a block.</summary>
    public const int BlockSide = 8;

    /// <summary>Coefficients of a block.</summary>
    public const int BlockLength = BlockSide * BlockSide;

    /// <summary>The identifier that scans name it by.</summary>
    public required byte Id { get; init; }

    /// <summary>Horizontal sampling factor: blocks side by side in an interleaved unit, 1 to 4.</summary>
    public required int Horizontal { get; init; }

    /// <summary>Vertical sampling factor: blocks one above the other in an interleaved unit, 1 to 4.</summary>
    public required int Vertical { get; init; }

    /// <summary>The slot of its quantization table, 0 to 3.</summary>
    public required int QuantizationSlot { get; init; }

    /// <summary>Samples of a row that belong to the picture.</summary>
    public int Width { get; private set; }

    /// <summary>Rows of samples that belong to the picture.</summary>
    public int Height { get; private set; }

    /// <summary>Blocks in a row that hold samples of the picture; what a scan of this component alone codes.</summary>
    public int BlocksAcross { get; private set; }

    /// <summary>Rows of blocks that hold samples of the picture.</summary>
    public int BlocksDown { get; private set; }

    /// <summary>Blocks in a row with those that fill up the last interleaved unit.</summary>
    public int PaddedBlocksAcross { get; private set; }

    /// <summary>Rows of blocks with those that fill up the last interleaved unit.</summary>
    public int PaddedBlocksDown { get; private set; }

    /// <summary>The table its coefficients are multiplied by, in natural order: the one in force when its first scan began.</summary>
    public short[]? Quantization { get; set; }

    /// <summary>Table of its DC differences in the scan that is being read.</summary>
    public HuffmanTable? DcTable { get; set; }

    /// <summary>Table of its AC coefficients in the scan that is being read.</summary>
    public HuffmanTable? AcTable { get; set; }

    /// <summary>The last DC coefficient, which the next is a difference to.</summary>
    public int DcPrediction { get; set; }

    /// <summary>
    /// Coefficients in natural order, 64 a block, <see cref="PaddedBlocksAcross"/> blocks a row: of the whole picture, or of one row of units.
    /// </summary>
    public short[] Coefficients { get; set; } = [];

    /// <summary>For each coefficient in zigzag order how many of its low bits are still to come; -1 before its first scan.</summary>
    public sbyte[] MissingBits { get; } = [.. Enumerable.Repeat((sbyte)-1, BlockLength)];

    /// <summary>Computes the sizes, when the frame's are known.</summary>
    public void SetGeometry(int frameWidth, int frameHeight, int mostHorizontal, int mostVertical, int unitsAcross, int unitsDown)
    {
        Width = CeilingDivide(frameWidth * Horizontal, mostHorizontal);
        Height = CeilingDivide(frameHeight * Vertical, mostVertical);
        BlocksAcross = CeilingDivide(Width, BlockSide);
        BlocksDown = CeilingDivide(Height, BlockSide);
        PaddedBlocksAcross = unitsAcross * Horizontal;
        PaddedBlocksDown = unitsDown * Vertical;
    }

    /// <summary>The quotient, rounded up.</summary>
    public static int CeilingDivide(int dividend, int divisor) => (dividend + divisor - 1) / divisor;
}
