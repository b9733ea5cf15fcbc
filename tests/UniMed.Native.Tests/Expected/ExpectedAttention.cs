namespace UniMed.Native.Tests.Expected;

/// <summary>Softmax(q k^T / sqrt(head_dim)) v, head by head and row by row.</summary>
public static class ExpectedAttention
{
    /// <summary>All rows of one image see each other; qkv is [tokens, 3 * channels].</summary>
    public static Bounded[,] Vision(float[,] qkv, int heads)
    {
        int tokens = qkv.GetLength(0);
        int channels = qkv.GetLength(1) / 3;
        var query = new Bounded[tokens, channels];
        var key = new Bounded[tokens, channels];
        var value = new Bounded[tokens, channels];
        for (int t = 0; t < tokens; t++)
        {
            for (int c = 0; c < channels; c++)
            {
                query[t, c] = qkv[t, c];
                key[t, c] = qkv[t, channels + c];
                value[t, c] = qkv[t, (2 * channels) + c];
            }
        }

        return Attend(query, key, value, heads, heads, _ => tokens);
    }

    /// <summary>Row p sees rows 0..p; several query heads share a key and value head.</summary>
    public static Bounded[,] Causal(Bounded[,] query, Bounded[,] key, Bounded[,] value, int heads, int kvHeads) =>
        Attend(query, key, value, heads, kvHeads, row => row + 1);

    /// <summary>Rotates channel i with channel i + head_dim / 2 of every head; the row is the position.</summary>
    public static Bounded[,] Rotate(Bounded[,] projected, int heads, RotaryTable rotary)
    {
        int half = rotary.HeadDim / 2;
        var rotated = new Bounded[projected.GetLength(0), projected.GetLength(1)];
        for (int position = 0; position < projected.GetLength(0); position++)
        {
            for (int head = 0; head < heads; head++)
            {
                for (int i = 0; i < half; i++)
                {
                    int lower = (head * rotary.HeadDim) + i;
                    double cos = rotary.Cos(position)[i];
                    double sin = rotary.Sin(position)[i];
                    rotated[position, lower] = (projected[position, lower] * cos) - (projected[position, lower + half] * sin);
                    rotated[position, lower + half] = (projected[position, lower + half] * cos) + (projected[position, lower] * sin);
                }
            }
        }

        return rotated;
    }

    private static Bounded[,] Attend(Bounded[,] query, Bounded[,] key, Bounded[,] value, int heads, int kvHeads, Func<int, int> seen)
    {
        int headDim = query.GetLength(1) / heads;
        var output = new Bounded[query.GetLength(0), query.GetLength(1)];
        for (int row = 0; row < query.GetLength(0); row++)
        {
            for (int head = 0; head < heads; head++)
            {
                int r = row;
                int at = head * headDim;
                int kvAt = head / (heads / kvHeads) * headDim;
                Bounded[] probabilities = Softmax(
                    [.. Enumerable.Range(0, seen(row)).Select(p => Bounded.Sum(Enumerable.Range(0, headDim).Select(c => query[r, at + c] * key[p, kvAt + c])) / Math.Sqrt(headDim))]);
                for (int c = 0; c < headDim; c++)
                    output[row, at + c] = Bounded.Sum(probabilities.Select((probability, p) => probability * value[p, kvAt + c]));
            }
        }

        return output;
    }

    /// <summary>exp(x - max) / sum of them.</summary>
    public static Bounded[] Softmax(Bounded[] scores)
    {
        double largest = scores.Max(score => score.Value);
        Bounded[] exponentials = [.. scores.Select(score => Bounded.Exp(score - largest))];
        Bounded sum = Bounded.Sum(exponentials);
        return [.. exponentials.Select(exponential => exponential / sum)];
    }
}
