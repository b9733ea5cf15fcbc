using System.Text;
using SentencePieceBpe = Microsoft.ML.Tokenizers.LlamaTokenizer;

namespace UniMed.Inference.Tokenization;

/// <summary>
/// Text to token ids and back as the slow LlamaTokenizer of transformers 4.30.2 does, which Uni-Med was trained and evaluated with: the text is
/// split at <c>&lt;s&gt;</c>, <c>&lt;/s&gt;</c> and <c>&lt;unk&gt;</c>, white space next to them is dropped, and every part between them is
/// encoded by SentencePiece on its own, with a space put in front of it. Instances are immutable and may be used by any number of threads.
/// </summary>
internal sealed class LlamaTokenizer
{
    private const string Bos = "<s>";
    private const string Eos = "</s>";
    private const string Unk = "<unk>";

    private readonly SentencePieceBpe _bpe;
    private readonly SentencePieceModel _model;
    private readonly string[] _surfaces;

    private LlamaTokenizer(SentencePieceModel model, SentencePieceBpe bpe)
    {
        _model = model;
        _bpe = bpe;
        BosTokenId = model.RequireId(Bos);
        EosTokenId = model.RequireId(Eos);
        UnkTokenId = model.RequireId(Unk);
        _surfaces = [.. model.Pieces.Select(p => p.Text.Replace('\u2581', ' '))];
    }

    /// <summary>Number of token ids; ids run from 0 to one less.</summary>
    public int VocabSize => _model.Pieces.Count;

    /// <summary>Beginning of a sequence, <c>&lt;s&gt;</c> (1 in LLaMA).</summary>
    public int BosTokenId { get; }

    /// <summary>End of a sequence, <c>&lt;/s&gt;</c> (2 in LLaMA).</summary>
    public int EosTokenId { get; }

    /// <summary>Unknown token, <c>&lt;unk&gt;</c> (0 in LLaMA).</summary>
    public int UnkTokenId { get; }

    /// <summary>Loads the tokenizer of a LLaMA folder.</summary>
    /// <param name="tokenizerModelPath">The SentencePiece file, usually named tokenizer.model.</param>
    /// <exception cref="UniMedException">The file is missing, broken, or not a LLaMA tokenizer.</exception>
    public static LlamaTokenizer Load(string tokenizerModelPath) => Create(SentencePieceModel.Read(tokenizerModelPath));

    /// <summary>
    /// A tokenizer of single bytes, for models without a vocabulary of their own: ids 0 to 2 are &lt;unk&gt;, &lt;s&gt; and &lt;/s&gt;, then 256 bytes, then what such a model may say
    /// and no text is encoded to.
    /// </summary>
    /// <param name="vocabulary">Number of token ids, <see cref="ByteVocabulary.Smallest"/> or more.</param>
    public static LlamaTokenizer OfBytes(int vocabulary = ByteVocabulary.Smallest) =>
        Create(SentencePieceModel.Parse("the vocabulary of bytes", ByteVocabulary.Write(vocabulary)));

    private static LlamaTokenizer Create(SentencePieceModel model)
    {
        SentencePieceBpe bpe;
        try
        {
            using MemoryStream stream = new(model.File, writable: false);
            bpe = SentencePieceBpe.Create(stream, addBeginOfSentence: false, addEndOfSentence: false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new UniMedException(
                $"{model.Path} cannot be used as a tokenizer: {e.Message} " +
                "Copy tokenizer.model again from the LLaMA folder it came from.", e);
        }

        return new LlamaTokenizer(model, bpe);
    }

    /// <summary>Encodes a text. An unpaired surrogate, which has no UTF-8 form, counts as U+FFFD.</summary>
    /// <param name="text">Any text; <c>&lt;s&gt;</c>, <c>&lt;/s&gt;</c> and <c>&lt;unk&gt;</c> in it become their tokens.</param>
    /// <param name="addBos">Puts the beginning-of-sequence token in front, also where the text already spells it.</param>
    /// <returns>Token ids.</returns>
    public IReadOnlyList<int> Encode(string text, bool addBos)
    {
        List<int> ids = [];
        if (addBos)
            ids.Add(BosTokenId);

        ReadOnlySpan<char> rest = WellFormed(text);
        bool afterSpecial = false;
        while (true)
        {
            (int start, int length, int id) = NextSpecial(rest);
            ReadOnlySpan<char> part = start < 0 ? rest : PythonWhiteSpace.StripEnd(rest[..start]);
            if (afterSpecial)
                part = PythonWhiteSpace.StripStart(part);
            if (!part.IsEmpty)
                ids.AddRange(_bpe.EncodeToIds(part, addBeginningOfSentence: false, addEndOfSentence: false));
            if (start < 0)
                return ids;

            ids.Add(id);
            rest = rest[(start + length)..];
            afterSpecial = true;
        }
    }

    /// <summary>Decodes token ids.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecialTokens">
    /// Leaves out the special tokens before anything is decoded. Otherwise they are spelled out, and each run of tokens before one is decoded on
    /// its own, with a space in front of it (so in the reference: convert_tokens_to_string).
    /// </param>
    /// <returns>The text; a byte that is not part of valid UTF-8 becomes U+FFFD, as in SentencePiece.</returns>
    /// <exception cref="UniMedException">An id is outside the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        if (skipSpecialTokens)
            return DecodeRun(ids);

        StringBuilder text = new();
        int runStart = 0;
        for (int i = 0; i < ids.Length; i++)
        {
            if (!IsSpecial(ids[i]))
                continue;
            if (i > runStart)
                text.Append(' ').Append(DecodeRun(ids[runStart..i]));
            text.Append(_model.Pieces[ids[i]].Text);
            runStart = i + 1;
        }

        return text.Append(DecodeRun(ids[runStart..])).ToString();
    }

    /// <summary>True for the tokens that Decode skips.</summary>
    public bool IsSpecial(int id) => id == BosTokenId || id == EosTokenId || id == UnkTokenId;

    /// <summary>What the piece stands for.</summary>
    /// <exception cref="UniMedException">The id is outside the vocabulary.</exception>
    public SentencePieceType TypeOf(int id) => (uint)id < (uint)VocabSize
        ? _model.Pieces[id].Type
        : throw new UniMedException(
            $"Token id {id} is outside the vocabulary of {_model.Path}, whose ids run from 0 to {VocabSize - 1}. " +
            "The tokenizer and the language model must come from the same folder.");

    /// <summary>The text of an id in the vocabulary, U+2581 already a space.</summary>
    public string SurfaceOf(int id) => _surfaces[id];

    /// <summary>The byte that a token of type <see cref="SentencePieceType.Byte"/> stands for.</summary>
    public byte ByteOf(int id) => (byte)(id - _model.FirstByteTokenId);

    private string DecodeRun(ReadOnlySpan<int> ids)
    {
        StreamingDecoder decoder = new(this);
        StringBuilder text = new();
        foreach (int id in ids)
            text.Append(decoder.Append(id));
        return text.Append(decoder.Flush()).ToString();
    }

    private static string WellFormed(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return text;

        StringBuilder wellFormed = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            wellFormed.Append(rune.ToString());
        return wellFormed.ToString();
    }

    private (int Start, int Length, int Id) NextSpecial(ReadOnlySpan<char> text)
    {
        for (int at = text.IndexOf('<'); at >= 0;)
        {
            ReadOnlySpan<char> tail = text[at..];
            if (tail.StartsWith(Bos))
                return (at, Bos.Length, BosTokenId);
            if (tail.StartsWith(Eos))
                return (at, Eos.Length, EosTokenId);
            if (tail.StartsWith(Unk))
                return (at, Unk.Length, UnkTokenId);
            int next = tail[1..].IndexOf('<');
            at = next < 0 ? -1 : at + 1 + next;
        }

        return (-1, 0, 0);
    }
}
