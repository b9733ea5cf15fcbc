namespace UniMed.Native.Cuda;

/// <summary>How far two names are apart.</summary>
internal static class EditDistance
{
    /// <summary>Fewest letters to insert, delete or replace to make one name of the other (Levenshtein).</summary>
    public static int Of(string first, string second)
    {
        var distances = new int[second.Length + 1];
        for (int j = 0; j <= second.Length; j++)
            distances[j] = j;
        for (int i = 1; i <= first.Length; i++)
        {
            int diagonal = distances[0];
            distances[0] = i;
            for (int j = 1; j <= second.Length; j++)
            {
                int replaced = diagonal + (first[i - 1] == second[j - 1] ? 0 : 1);
                diagonal = distances[j];
                distances[j] = Math.Min(replaced, Math.Min(distances[j], distances[j - 1]) + 1);
            }
        }

        return distances[second.Length];
    }
}
