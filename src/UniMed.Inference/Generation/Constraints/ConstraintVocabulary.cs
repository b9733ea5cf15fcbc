using System.Text;
using UniMed.Inference.Tokenization;

namespace UniMed.Inference.Generation.Constraints;

/// <summary>
/// What each token adds to an answer, in bytes, as <see cref="StreamingDecoder"/> decodes it. A text has many spellings in tokens, and all of them count: constraints are about bytes.
/// The first token of an answer loses one space in front, as decoding takes it off. Tokens that stand for no text (special, control and unused ones, and ids beyond the tokenizer's) have no
/// bytes and are never allowed.
/// </summary>
/// <remarks>Immutable; thread-safe.</remarks>
internal sealed class ConstraintVocabulary
{
    private readonly byte[] _bytes;
    private readonly int[] _offsets;
    private readonly bool[] _losesSpace;

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="size">Columns of the model's logits; at least the tokenizer's ids.</param>
    public ConstraintVocabulary(LlamaTokenizer tokenizer, int size)
    {
        Size = size;
        EosTokenId = tokenizer.EosTokenId;
        _offsets = new int[tokenizer.VocabSize + 1];
        _losesSpace = new bool[tokenizer.VocabSize];
        var bytes = new List<byte>();
        for (int id = 0; id < tokenizer.VocabSize; id++)
        {
            SentencePieceType type = tokenizer.TypeOf(id);
            if (!tokenizer.IsSpecial(id) && type == SentencePieceType.Byte)
            {
                bytes.Add(tokenizer.ByteOf(id));
            }
            else if (!tokenizer.IsSpecial(id) && type is SentencePieceType.Normal or SentencePieceType.UserDefined)
            {
                // A byte token that is a space stays: decoding takes the space off pieces only.
                _losesSpace[id] = tokenizer.SurfaceOf(id).StartsWith(' ');
                bytes.AddRange(Encoding.UTF8.GetBytes(tokenizer.SurfaceOf(id)));
            }

            _offsets[id + 1] = bytes.Count;
        }

        _bytes = [.. bytes];
        Following = new VocabularyTrie(Spellings(isFirst: false));
        First = new VocabularyTrie(Spellings(isFirst: true));
    }

    /// <summary>Columns of the model's logits.</summary>
    public int Size { get; }

    /// <summary>End-of-sequence token.</summary>
    public int EosTokenId { get; }

    /// <summary>Tokens as the first of an answer.</summary>
    public VocabularyTrie First { get; }

    /// <summary>Tokens behind the first.</summary>
    public VocabularyTrie Following { get; }

    /// <summary>True for a token that stands for text.</summary>
    public bool HasText(int id) => (uint)id < (uint)_losesSpace.Length && _offsets[id] < _offsets[id + 1];

    /// <summary>What a token adds to an answer.</summary>
    /// <param name="id">A token that has text.</param>
    /// <param name="isFirst">Whether it is the answer's first token.</param>
    public ReadOnlySpan<byte> BytesOf(int id, bool isFirst) =>
        _bytes.AsSpan((_offsets[id] + (isFirst && _losesSpace[id] ? 1 : 0)).._offsets[id + 1]);

    private IEnumerable<(ReadOnlyMemory<byte> Bytes, int Id)> Spellings(bool isFirst)
    {
        for (int id = 0; id < _losesSpace.Length; id++)
        {
            if (HasText(id))
                yield return (_bytes.AsMemory((_offsets[id] + (isFirst && _losesSpace[id] ? 1 : 0)).._offsets[id + 1]), id);
        }
    }
}
