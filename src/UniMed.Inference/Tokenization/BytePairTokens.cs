using System.Text;

namespace UniMed.Inference.Tokenization;

/// <summary>Turns the symbols of a text into token ids: unused pieces are taken apart, and what is unknown becomes bytes or, a run of it together, one token.</summary>
/// <param name="encoder">The vocabulary.</param>
/// <param name="text">The whole text.</param>
/// <param name="ids">Takes the token ids.</param>
internal ref struct BytePairTokens(BytePairEncoder encoder, ReadOnlySpan<char> text, List<int> ids)
{
    private readonly ReadOnlySpan<char> _text = text;
    private int _unknownStart = -1;
    private int _unknownEnd;

    /// <summary>Writes the tokens of a symbol.</summary>
    /// <param name="start">Its place in the text.</param>
    /// <param name="length">Its characters.</param>
    /// <param name="id">The piece, or <see cref="BytePairSymbol.NoPiece"/> where it has not been looked up.</param>
    /// <param name="halves">Length of the left half of each unused piece that was met; null for none.</param>
    public void Add(int start, int length, int id, Dictionary<int, int>? halves)
    {
        if (halves is not null && id >= 0 && halves.ContainsKey(id))
            AddParts(start, length, halves);
        else
            Add(start, length, id >= 0 ? id : encoder.IdOf(_text.Slice(start, length)));
    }

    /// <summary>Writes the token of the unknown characters at the end.</summary>
    public void EndUnknown()
    {
        if (_unknownStart < 0)
            return;

        // The reference looks a run of unknown characters up once more, as a whole.
        int id = encoder.IdOf(_text[_unknownStart.._unknownEnd]);
        ids.Add(id >= 0 ? id : encoder.UnknownId);
        _unknownStart = -1;
    }

    private void Add(int start, int length, int id)
    {
        bool isUnknown = id < 0 || id == encoder.UnknownId;
        if (isUnknown && encoder.FirstByteId >= 0)
        {
            AddBytes(_text.Slice(start, length));
        }
        else if (isUnknown)
        {
            _unknownStart = _unknownStart < 0 ? start : _unknownStart;
            _unknownEnd = start + length;
        }
        else
        {
            EndUnknown();
            ids.Add(id);
        }
    }

    private void AddParts(int start, int length, Dictionary<int, int> halves)
    {
        var parts = new Stack<(int Start, int Length)>();
        parts.Push((start, length));
        while (parts.TryPop(out (int Start, int Length) part))
        {
            int id = encoder.IdOf(_text.Slice(part.Start, part.Length));
            if (id < 0 || !halves.TryGetValue(id, out int half))
            {
                Add(part.Start, part.Length, id);
                continue;
            }

            parts.Push((part.Start + half, part.Length - half));
            parts.Push((part.Start, half));
        }
    }

    private readonly void AddBytes(ReadOnlySpan<char> symbol)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (Rune rune in symbol.EnumerateRunes())
        {
            foreach (byte value in bytes[..rune.EncodeToUtf8(bytes)])
                ids.Add(encoder.FirstByteId + value);
        }
    }
}
