namespace UniMed.Inference.Tokenization;

/// <summary>The user-defined pieces of a vocabulary, which are kept whole wherever a text spells them.</summary>
internal sealed class UserDefinedPieces
{
    private readonly Dictionary<char, int[]> _lengthsByFirst;
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _pieces;

    /// <param name="pieces">Their spellings; none is empty.</param>
    public UserDefinedPieces(IReadOnlyCollection<string> pieces)
    {
        _pieces = new HashSet<string>(pieces, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _lengthsByFirst = pieces
            .GroupBy(piece => piece[0])
            .ToDictionary(group => group.Key, group => group.Select(piece => piece.Length).Distinct().OrderDescending().ToArray());
    }

    /// <summary>Length of the longest piece that a text begins with; 0 for none.</summary>
    public int LongestAt(ReadOnlySpan<char> text)
    {
        if (!_lengthsByFirst.TryGetValue(text[0], out int[]? lengths))
            return 0;
        foreach (int length in lengths)
        {
            if (length <= text.Length && _pieces.Contains(text[..length]))
                return length;
        }

        return 0;
    }
}
