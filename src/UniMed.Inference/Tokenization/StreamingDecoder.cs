using System.Buffers;
using System.Text;

namespace UniMed.Inference.Tokenization;

/// <summary>
/// Decodes tokens one at a time, as SentencePiece decodes them all at once: the texts returned, put together, are
/// <see cref="LlamaTokenizer.Decode"/> of all tokens. The space that encoding puts in front of a text is taken off again, special tokens are
/// skipped, and bytes are held back until they form a character. One decoder serves one sequence; it is not thread-safe.
/// </summary>
internal sealed class StreamingDecoder
{
    private const int LongestCharacter = 4;

    private readonly LlamaTokenizer _tokenizer;
    private readonly byte[] _held = new byte[LongestCharacter];
    private int _heldCount;
    private bool _hasText;
    private bool _leadingSpaceTaken;

    /// <summary>Starts a sequence.</summary>
    public StreamingDecoder(LlamaTokenizer tokenizer) => _tokenizer = tokenizer;

    /// <summary>Takes the next token.</summary>
    /// <returns>The text that no later token can change any more; often, but not always, the text of this token.</returns>
    /// <exception cref="UniMedException">The id is outside the vocabulary.</exception>
    public string Append(int tokenId)
    {
        SentencePieceType type = _tokenizer.TypeOf(tokenId);
        if (_tokenizer.IsSpecial(tokenId))
            return "";

        if (type == SentencePieceType.Byte)
        {
            _held[_heldCount++] = _tokenizer.ByteOf(tokenId);
            return Certain(TakeHeld(isEnd: false));
        }

        string bytes = Certain(TakeHeld(isEnd: true));
        if (type == SentencePieceType.Control)
            return bytes;

        string surface = _tokenizer.SurfaceOf(tokenId);
        if (!_hasText && !_leadingSpaceTaken && surface.StartsWith(' '))
        {
            _leadingSpaceTaken = true;
            surface = surface[1..];
        }

        return bytes + Certain(surface);
    }

    /// <summary>Ends the sequence.</summary>
    /// <returns>What was held back: one U+FFFD for each byte of an unfinished character, or nothing.</returns>
    public string Flush() => Certain(TakeHeld(isEnd: true));

    private string Certain(string text)
    {
        _hasText |= text.Length > 0;
        return text;
    }

    private string TakeHeld(bool isEnd)
    {
        if (_heldCount == 0)
            return "";

        StringBuilder text = new();
        ReadOnlySpan<byte> rest = _held.AsSpan(0, _heldCount);
        while (!rest.IsEmpty)
        {
            OperationStatus status = Rune.DecodeFromUtf8(rest, out Rune rune, out int length);
            if (status == OperationStatus.NeedMoreData && !isEnd)
                break;

            // SentencePiece replaces invalid bytes one by one; .NET would replace a whole truncated sequence at once.
            text.Append(rune.ToString());
            rest = rest[(status == OperationStatus.Done ? length : 1)..];
        }

        _heldCount = rest.Length;
        rest.CopyTo(_held);
        return text.ToString();
    }
}
