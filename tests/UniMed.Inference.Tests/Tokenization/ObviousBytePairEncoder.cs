using System.Text;
using UniMed.Inference.Tokenization;

namespace UniMed.Tests.Tokenization;

/// <summary>SentencePiece's rule as it is said: look at all neighbours, join the pair with the best score, the leftmost of equals, and look again.</summary>
internal sealed class ObviousBytePairEncoder(IReadOnlyList<SentencePiece> pieces, bool bytes)
{
    private readonly Dictionary<string, (string Left, string Right)> _lastJoin = [];
    private List<(string Text, bool IsWhole)> _symbols = [];

    public int[] Encode(string text)
    {
        _symbols = Split("\u2581" + text.Replace(' ', '\u2581'));
        for (int at = 0; at + 1 < _symbols.Count; at++)
            Remember(at);
        while (Best() is { } at)
        {
            _symbols[at] = (_symbols[at].Text + _symbols[at + 1].Text, false);
            _symbols.RemoveAt(at + 1);
            Remember(at - 1);
            Remember(at);
        }

        return Ids([.. _symbols.SelectMany(symbol => TakenApart(symbol.Text))]);
    }

    private int Find(string text) => Enumerable.Range(0, pieces.Count).FirstOrDefault(id => pieces[id].Text == text, -1);

    private List<(string Text, bool IsWhole)> Split(string text)
    {
        var symbols = new List<(string Text, bool IsWhole)>();
        while (text.Length > 0)
        {
            string? whole = pieces
                .Where(piece => piece.Type == SentencePieceType.UserDefined && text.StartsWith(piece.Text, StringComparison.Ordinal))
                .Select(piece => piece.Text)
                .MaxBy(piece => piece.Length);
            symbols.Add((whole ?? Rune.GetRuneAt(text, 0).ToString(), whole is not null));
            text = text[symbols[^1].Text.Length..];
        }

        return symbols;
    }

    /// <summary>The piece that two neighbours spell.</summary>
    private SentencePiece? Joined(int at)
    {
        if (at < 0 || at + 1 >= _symbols.Count || _symbols[at].IsWhole || _symbols[at + 1].IsWhole)
            return null;
        int id = Find(_symbols[at].Text + _symbols[at + 1].Text);
        return id >= 0 && pieces[id].Type is SentencePieceType.Normal or SentencePieceType.Unused or SentencePieceType.UserDefined ? pieces[id] : null;
    }

    private void Remember(int at)
    {
        if (Joined(at) is { Type: SentencePieceType.Unused } piece)
            _lastJoin[piece.Text] = (_symbols[at].Text, _symbols[at + 1].Text);
    }

    private int? Best() => Enumerable.Range(0, _symbols.Count).Where(at => Joined(at) is not null).OrderByDescending(at => Joined(at)!.Value.Score).Cast<int?>().FirstOrDefault();

    private IEnumerable<string> TakenApart(string text) => _lastJoin.TryGetValue(text, out (string Left, string Right) halves)
        ? TakenApart(halves.Left).Concat(TakenApart(halves.Right))
        : [text];

    private int[] Ids(string[] parts)
    {
        var ids = new List<int>();
        for (int at = 0; at < parts.Length; at++)
        {
            int id = Find(parts[at]);
            if (id > 0)
            {
                ids.Add(id);
                continue;
            }

            if (bytes)
            {
                ids.AddRange(Encoding.UTF8.GetBytes(parts[at]).Select(value => Find($"<0x{value:X2}>")));
                continue;
            }

            string run = string.Concat(parts.Skip(at).TakeWhile(part => Find(part) <= 0));
            while (at + 1 < parts.Length && Find(parts[at + 1]) <= 0)
                at++;
            ids.Add(Math.Max(Find(run), 0));
        }

        return [.. ids];
    }
}
