namespace UniMed.Cli.Requests;

/// <summary>Bytes of a file.</summary>
/// <param name="Start">Place of the first.</param>
/// <param name="End">Place behind the last.</param>
internal readonly record struct ByteRange(long Start, long End)
{
    /// <summary>Adds a range to a list in their order; one that touches the last becomes one with it.</summary>
    public static void Append(List<ByteRange> ranges, ByteRange next)
    {
        if (ranges.Count > 0 && ranges[^1].End == next.Start)
            ranges[^1] = ranges[^1] with { End = next.End };
        else
            ranges.Add(next);
    }
}
