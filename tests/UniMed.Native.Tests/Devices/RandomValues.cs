namespace UniMed.Native.Tests.Devices;

/// <summary>Seeded fp32 numbers of either sign.</summary>
public static class RandomValues
{
    public static float[] Vector(Random random, int length, float scale = 1) =>
        [.. Enumerable.Range(0, length).Select(_ => scale * ((2 * random.NextSingle()) - 1))];

    public static float[,] Matrix(Random random, int rows, int columns, float scale = 1)
    {
        var values = new float[rows, columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
                values[row, column] = scale * ((2 * random.NextSingle()) - 1);
        }

        return values;
    }
}
