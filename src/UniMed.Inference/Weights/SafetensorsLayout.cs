namespace UniMed.Inference.Weights;

/// <summary>The rule that tensors cover the data section exactly: no overlap, no hole, no byte left over.</summary>
/// <remarks>Source: the safetensors format ("byte buffer needs to be entirely indexed, and cannot contain holes"), which rules out polyglot files.</remarks>
internal static class SafetensorsLayout
{
    /// <summary>Sorts the entries by position and checks the rule.</summary>
    /// <exception cref="SafetensorsException">The rule is broken.</exception>
    public static void CheckCoverage(string file, List<SafetensorsEntry> entries, long dataLength)
    {
        entries.Sort((a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        long covered = 0;
        string before = "";
        foreach (SafetensorsEntry entry in entries)
        {
            if (entry.Begin < covered)
                throw new SafetensorsException(file, entry.Name, $"It starts at byte {entry.Begin} of the data section, inside tensor {SafetensorsException.Quote(before)}, which ends at {covered}: tensors must not overlap.");
            if (entry.Begin > covered)
                throw new SafetensorsException(file, entry.Name, $"It starts at byte {entry.Begin} of the data section, but the tensors before it end at {covered}: the format allows no hole.");
            covered = entry.End;
            before = entry.Name;
        }

        if (covered != dataLength)
            throw new SafetensorsException(file, null, $"The tensors cover {covered} bytes, but the data section has {dataLength}: the format allows no bytes behind the last tensor.");
    }
}
