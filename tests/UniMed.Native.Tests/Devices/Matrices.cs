using System.Runtime.InteropServices;
using Xunit;

namespace UniMed.Native.Tests.Devices;

/// <summary>Rows of matrices: picking, joining, and comparing them bit by bit.</summary>
public static class Matrices
{
    public static Span<T> Flat<T>(this T[,] matrix) =>
        matrix.Length == 0 ? [] : MemoryMarshal.CreateSpan(ref matrix[0, 0], matrix.Length);

    public static T[,] Rows<T>(this T[,] matrix, params int[] rows)
    {
        var picked = new T[rows.Length, matrix.GetLength(1)];
        for (int r = 0; r < rows.Length; r++)
        {
            for (int c = 0; c < matrix.GetLength(1); c++)
                picked[r, c] = matrix[rows[r], c];
        }

        return picked;
    }

    public static float[,] Range(this float[,] matrix, int start, int count) => matrix.Rows([.. Enumerable.Range(start, count)]);

    public static float[,] Stack(params float[][,] parts)
    {
        var joined = new float[parts.Sum(part => part.GetLength(0)), parts[0].GetLength(1)];
        int at = 0;
        foreach (float[,] part in parts)
        {
            part.Flat().CopyTo(joined.Flat()[at..]);
            at += part.Length;
        }

        return joined;
    }

    /// <summary>The same numbers in another number of rows.</summary>
    public static float[,] Reshape(this float[,] matrix, int rows)
    {
        var reshaped = new float[rows, matrix.Length / rows];
        matrix.Flat().CopyTo(reshaped.Flat());
        return reshaped;
    }

    public static float[,] WithRow(this float[,] matrix, int row, float value)
    {
        var changed = (float[,])matrix.Clone();
        for (int c = 0; c < matrix.GetLength(1); c++)
            changed[row, c] = value;
        return changed;
    }

    public static void AssertSameBits(float[,] expected, float[,] actual)
    {
        Assert.Equal(expected.GetLength(0), actual.GetLength(0));
        Assert.Equal(expected.GetLength(1), actual.GetLength(1));
        for (int r = 0; r < expected.GetLength(0); r++)
        {
            for (int c = 0; c < expected.GetLength(1); c++)
            {
                if (BitConverter.SingleToInt32Bits(expected[r, c]) != BitConverter.SingleToInt32Bits(actual[r, c]))
                    Assert.Fail($"Row {r}, column {c}: {expected[r, c]:R} became {actual[r, c]:R}.");
            }
        }
    }
}
