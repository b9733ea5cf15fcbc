using System.Runtime.Intrinsics;

namespace UniMed.Inference.Imaging.Png;

/// <summary>The five row filters of PNG, undone in place.</summary>
internal static class PngFilters
{
    /// <summary>Restores a row.</summary>
    /// <param name="filter">The number that the row begins with.</param>
    /// <param name="row">The filtered row; becomes the row itself.</param>
    /// <param name="above">The row above, restored; zeros for the first.</param>
    /// <param name="step">Bytes from one pixel to the next, at least 1.</param>
    /// <returns>False where the filter is none of the five.</returns>
    public static bool Undo(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int step)
    {
        above = above[..row.Length];
        switch (filter)
        {
            case 0:
                return true;
            case 1:
                for (int i = step; i < row.Length; i++)
                    row[i] += row[i - step];
                return true;
            case 2:
                UndoUp(row, above);
                return true;
            case 3:
                for (int i = 0; i < row.Length; i++)
                    row[i] += (byte)(((i >= step ? row[i - step] : 0) + above[i]) / 2);
                return true;
            case 4:
                UndoPaeth(row, above, step);
                return true;
            default:
                return false;
        }
    }

    private static void UndoUp(Span<byte> row, ReadOnlySpan<byte> above)
    {
        int i = 0;
        for (; i <= row.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
            (Vector128.Create<byte>(row[i..]) + Vector128.Create(above[i..])).CopyTo(row[i..]);
        for (; i < row.Length; i++)
            row[i] += above[i];
    }

    private static void UndoPaeth(Span<byte> row, ReadOnlySpan<byte> above, int step)
    {
        int first = Math.Min(step, row.Length);
        for (int i = 0; i < first; i++)
            row[i] += above[i];
        for (int i = first; i < row.Length; i++)
            row[i] += Paeth(row[i - step], above[i], above[i - step]);
    }

    /// <summary>Whichever neighbour is nearest to left + up - upLeft; of equally near ones the first.</summary>
    private static byte Paeth(int left, int up, int upLeft)
    {
        int toLeft = up - upLeft;
        int toUp = left - upLeft;
        int toUpLeft = Math.Abs(toLeft + toUp);
        toLeft = Math.Abs(toLeft);
        toUp = Math.Abs(toUp);
        if (toLeft <= toUp && toLeft <= toUpLeft)
            return (byte)left;
        return (byte)(toUp <= toUpLeft ? up : upLeft);
    }
}
