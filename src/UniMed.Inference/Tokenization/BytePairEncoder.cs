using System.Buffers;
using System.Text;

namespace UniMed.Inference.Tokenization;

/// <summary>
/// SentencePiece's byte-pair encoding: a text becomes symbols (characters, and user-defined pieces whole), and as long as two neighbours together spell a piece, the pair with the best score
/// is joined; of pairs with equal scores the leftmost. Pieces of type unused join too, and are taken apart again at the end. What no piece spells becomes its UTF-8 bytes, or the unknown token.
/// </summary>
/// <remarks>Immutable; thread-safe.</remarks>
internal sealed class BytePairEncoder
{
    private const char Space = '\u2581';
    private const int NeverJoins = -1;

    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly SentencePieceType[] _types;
    private readonly int[] _lengths;
    private readonly int[] _ranks;
    private readonly int _longest;
    private readonly UserDefinedPieces? _userDefined;
    private readonly SearchValues<char>? _besideSpace;

    /// <summary>Prepares a vocabulary.</summary>
    public BytePairEncoder(SentencePieceModel model)
    {
        IReadOnlyList<SentencePiece> pieces = model.Pieces;
        var ids = new Dictionary<string, int>(pieces.Count, StringComparer.Ordinal);
        for (int id = 0; id < pieces.Count; id++)
            ids.Add(pieces[id].Text, id);
        _ids = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _types = new SentencePieceType[pieces.Count];
        _lengths = new int[pieces.Count];
        _ranks = Ranks(pieces);
        UnknownId = model.UnknownTokenId;
        FirstByteId = model.FirstByteTokenId;
        List<string> userDefined = [];
        StringBuilder besideSpace = new();
        bool takesApart = false;
        for (int id = 0; id < pieces.Count; id++)
        {
            SentencePiece piece = pieces[id];
            _types[id] = piece.Type;
            _lengths[id] = piece.Text.Length;
            if (!piece.IsText)
                continue;
            _longest = Math.Max(_longest, piece.Text.Length);
            takesApart |= piece.Type == SentencePieceType.Unused && piece.Text.Length > 1;
            if (piece.Type == SentencePieceType.UserDefined)
                userDefined.Add(piece.Text);
            for (int space = piece.Text.LastIndexOf(Space); space > 0; space = piece.Text.LastIndexOf(Space, space - 1))
                besideSpace.Append(piece.Text[space - 1]);
        }

        _userDefined = userDefined.Count > 0 ? new UserDefinedPieces([.. userDefined]) : null;

        // How an unused piece is taken apart may depend on the whole text, so a text is then not cut into words.
        if (!takesApart)
            _besideSpace = SearchValues.Create(besideSpace.ToString());
    }

    /// <summary>The token of what no piece spells.</summary>
    public int UnknownId { get; }

    /// <summary>The token of byte 0; -1 where the vocabulary has no bytes.</summary>
    public int FirstByteId { get; }

    /// <summary>The token id of a text; -1 when no piece is spelled like it.</summary>
    public int IdOf(ReadOnlySpan<char> text) => _ids.TryGetValue(text, out int id) ? id : BytePairSymbol.NoPiece;

    /// <summary>Encodes a text with a space put in front.</summary>
    /// <param name="text">The text; an unpaired surrogate, which has no UTF-8 form, counts as U+FFFD.</param>
    /// <param name="ids">Takes the token ids.</param>
    public void Encode(ReadOnlySpan<char> text, List<int> ids)
    {
        if (text.IsEmpty)
            return;
        char[] rentedText = ArrayPool<char>.Shared.Rent(text.Length + 1);
        BytePairSymbol[] rentedSymbols = ArrayPool<BytePairSymbol>.Shared.Rent(text.Length + 1);
        try
        {
            Span<char> normalized = rentedText.AsSpan(0, text.Length + 1);
            normalized[0] = Space;
            text.CopyTo(normalized[1..]);
            normalized.Replace(' ', Space);
            ReplaceUnpairedSurrogates(normalized);

            var agenda = new PriorityQueue<int, ulong>();
            var tokens = new BytePairTokens(this, normalized, ids);
            for (int start = 0; start < normalized.Length;)
            {
                ReadOnlySpan<char> word = normalized.Slice(start, WordLength(normalized[start..]));
                Span<BytePairSymbol> symbols = rentedSymbols.AsSpan(0, word.Length);
                Dictionary<int, int>? halves = Join(word, symbols, agenda);
                for (int at = 0; at < word.Length; at += symbols[at].Length)
                    tokens.Add(start + at, symbols[at].Length, symbols[at].Id, halves);
                start += word.Length;
            }

            tokens.EndUnknown();
        }
        finally
        {
            ArrayPool<char>.Shared.Return(rentedText, clearArray: true);
            ArrayPool<BytePairSymbol>.Shared.Return(rentedSymbols);
        }
    }

    /// <summary>Order of the pieces that symbols join to, 0 for the best score, equal for equal scores.</summary>
    private static int[] Ranks(IReadOnlyList<SentencePiece> pieces)
    {
        int[] ranks = new int[pieces.Count];
        List<int> byScore = new(pieces.Count);
        bool isSorted = true;
        for (int id = 0; id < pieces.Count; id++)
        {
            ranks[id] = NeverJoins;
            if (!pieces[id].IsText)
                continue;
            isSorted &= byScore.Count == 0 || pieces[id].Score <= pieces[byScore[^1]].Score;
            byScore.Add(id);
        }

        // Trainers write pieces in the order in which they found them, which is that of their scores.
        if (!isSorted)
            byScore.Sort((left, right) => pieces[right].Score.CompareTo(pieces[left].Score));
        int rank = 0;
        for (int i = 0; i < byScore.Count; i++)
        {
            if (i > 0 && pieces[byScore[i]].Score < pieces[byScore[i - 1]].Score)
                rank++;
            ranks[byScore[i]] = rank;
        }

        return ranks;
    }

    private static void ReplaceUnpairedSurrogates(Span<char> text)
    {
        const char Replacement = '\uFFFD';
        int at = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        if (at < 0)
            return;
        for (; at < text.Length; at++)
        {
            if (!char.IsSurrogate(text[at]))
                continue;
            if (char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
                at++;
            else
                text[at] = Replacement;
        }
    }

    /// <summary>Length of the beginning that no piece joins with what follows it: nothing is joined across the border of two words, so each is encoded on its own.</summary>
    private int WordLength(ReadOnlySpan<char> text)
    {
        if (_besideSpace is not { } besideSpace)
            return text.Length;
        int length = 1;
        while (true)
        {
            int next = text[length..].IndexOf(Space);
            if (next < 0)
                return text.Length;
            length += next;
            if (!besideSpace.Contains(text[length - 1]))
                return length;
            length++;
        }
    }

    /// <summary>Joins symbols until no two neighbours spell a piece.</summary>
    /// <returns>Length of the left half of each unused piece that was met, or null.</returns>
    private Dictionary<int, int>? Join(ReadOnlySpan<char> text, Span<BytePairSymbol> symbols, PriorityQueue<int, ulong> agenda)
    {
        Split(text, symbols);
        Dictionary<int, int>? halves = null;
        for (int left = 0, right = symbols[0].Length; right < text.Length; left = right, right += symbols[right].Length)
            Consider(text, symbols, left, right, agenda, ref halves);

        while (agenda.TryDequeue(out int id, out ulong priority))
        {
            int left = (int)(uint)priority;
            int length = symbols[left].Length;
            int right = left + length;

            // One of the two has been joined with another symbol since.
            if (length == 0 || right >= text.Length || length + symbols[right].Length != _lengths[id])
                continue;

            int end = left + _lengths[id];
            symbols[right].Length = 0;
            symbols[left].Length = _lengths[id];
            symbols[left].Id = id;
            if (symbols[left].Previous >= 0)
                Consider(text, symbols, symbols[left].Previous, left, agenda, ref halves);
            if (end >= text.Length)
                continue;
            symbols[end].Previous = left;
            Consider(text, symbols, left, end, agenda, ref halves);
        }

        return halves;
    }

    private void Split(ReadOnlySpan<char> text, Span<BytePairSymbol> symbols)
    {
        int previous = -1;
        for (int at = 0; at < text.Length;)
        {
            int whole = _userDefined?.LongestAt(text[at..]) ?? 0;
            int length = whole > 0 ? whole : char.IsHighSurrogate(text[at]) ? 2 : 1;
            symbols[at] = new BytePairSymbol { Length = length, Previous = previous, Id = BytePairSymbol.NoPiece, IsWhole = whole > 0 };
            previous = at;
            at += length;
        }
    }

    private void Consider(ReadOnlySpan<char> text, Span<BytePairSymbol> symbols, int left, int right, PriorityQueue<int, ulong> agenda, ref Dictionary<int, int>? halves)
    {
        int length = symbols[left].Length + symbols[right].Length;
        if (length > _longest || symbols[left].IsWhole || symbols[right].IsWhole || !_ids.TryGetValue(text.Slice(left, length), out int id) || _ranks[id] == NeverJoins)
            return;
        agenda.Enqueue(id, ((ulong)_ranks[id] << 32) | (uint)left);
        if (_types[id] == SentencePieceType.Unused)
            (halves ??= [])[id] = symbols[left].Length;
    }
}
