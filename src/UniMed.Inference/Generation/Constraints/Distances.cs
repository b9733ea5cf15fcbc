namespace UniMed.Inference.Generation.Constraints;

/// <summary>Shortest ways in a graph.</summary>
internal static class Distances
{
    /// <summary>The distance of a state from which no accepting one can be reached.</summary>
    public const int Unreachable = int.MaxValue;

    /// <summary>For each state the fewest edges to an accepting one.</summary>
    /// <param name="targets">Where the edges of each state lead.</param>
    /// <param name="accepts">Which states accept: their distance is 0.</param>
    public static int[] ToAccepting(int[][] targets, bool[] accepts)
    {
        int states = targets.Length;
        var offsets = new int[states + 1];
        foreach (int target in targets.SelectMany(some => some))
            offsets[target + 1]++;
        for (int state = 0; state < states; state++)
            offsets[state + 1] += offsets[state];
        var sources = new int[offsets[states]];
        int[] at = [.. offsets];
        for (int state = 0; state < states; state++)
        {
            foreach (int target in targets[state])
                sources[at[target]++] = state;
        }

        var distances = new int[states];
        Array.Fill(distances, Unreachable);
        var open = new Queue<int>();
        for (int state = 0; state < states; state++)
        {
            if (!accepts[state])
                continue;
            distances[state] = 0;
            open.Enqueue(state);
        }

        while (open.TryDequeue(out int state))
        {
            foreach (int source in sources.AsSpan(offsets[state]..offsets[state + 1]))
            {
                if (distances[source] != Unreachable)
                    continue;
                distances[source] = distances[state] + 1;
                open.Enqueue(source);
            }
        }

        return distances;
    }
}
