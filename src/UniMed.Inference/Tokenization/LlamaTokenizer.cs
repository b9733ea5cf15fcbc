using System.Buffers;
using System.Text;
using UniMed.Inference.Tokenization;

namespace UniMed.Inference;

/// <summary>
/// Text to token ids and back as the slow LlamaTokenizer of transformers 4.30.2 does, which Uni-Med was trained and evaluated with: the text is split at <c>&lt;s&gt;</c>,
/// <c>&lt;/s&gt;</c> and <c>&lt;unk&gt;</c>, and every part between them is encoded by SentencePiece on its own, with a space put in front of it.
/// </summary>
/// <remarks>
/// White space beside those three is dropped, unless special_tokens_map.json or tokenizer_config.json beside tokenizer.model says otherwise. Instances are immutable and may be used by any number of threads.
/// </remarks>
public sealed class LlamaTokenizer
{
    private const string FileName = "tokenizer.model";
    private const string Bos = "<s>";
    private const string Eos = "</s>";
    private const string Unk = "<unk>";

    // The reference sets its tokenizer's pad_token to this, and what is padding is skipped when an answer is decoded.
    private const string ReferencePad = "$$";

    private readonly SentencePieceModel _model;
    private readonly BytePairEncoder _encoder;
    private readonly string[] _surfaces;
    private readonly bool[] _isSpecial;
    private readonly SpecialToken[] _specials;
    private readonly int[] _specialIds;
    private readonly SearchValues<char> _specialStarts;

    private LlamaTokenizer(SentencePieceModel model, IReadOnlyList<SpecialToken> specials, string? pad = null)
    {
        _model = model;
        _encoder = new BytePairEncoder(model);
        BosTokenId = model.RequireId(Bos);
        EosTokenId = model.RequireId(Eos);
        UnkTokenId = model.RequireId(Unk);
        if (UnkTokenId != model.UnknownTokenId)
            throw new UniMedException(UniMedFailure.ModelFiles, $"{model.Path} is not a LLaMA tokenizer: its piece of type unknown is '{model.Pieces[model.UnknownTokenId].Text}', not {Unk}. Use the tokenizer.model that belongs to the language model.");
        _surfaces = new string[VocabSize];
        for (int id = 0; id < _surfaces.Length; id++)
            _surfaces[id] = model.Pieces[id].Text.Replace('\u2581', ' ');

        // Tokens that the vocabulary lacks get ids in the reference that its language model has no rows for; here they are text.
        _specials = [.. specials.Where(token => _encoder.IdOf(token.Text) >= 0)];
        // Longer ones first: one may begin another.
        Array.Sort(_specials, static (left, right) => right.Text.Length.CompareTo(left.Text.Length));
        _specialIds = new int[_specials.Length];
        _isSpecial = new bool[VocabSize];
        char[] starts = new char[_specials.Length];
        for (int i = 0; i < _specials.Length; i++)
        {
            _specialIds[i] = _encoder.IdOf(_specials[i].Text);
            _isSpecial[_specialIds[i]] = true;
            starts[i] = _specials[i].Text[0];
        }

        _specialStarts = SearchValues.Create(starts);
        if (pad is not null && _encoder.IdOf(pad) is >= 0 and int padId)
            _isSpecial[padId] = true;
    }

    /// <summary>Number of token ids; ids run from 0 to one less.</summary>
    public int VocabSize => _model.Pieces.Count;

    /// <summary>Beginning of a sequence, <c>&lt;s&gt;</c> (1 in LLaMA).</summary>
    public int BosTokenId { get; }

    /// <summary>End of a sequence, <c>&lt;/s&gt;</c> (2 in LLaMA).</summary>
    public int EosTokenId { get; }

    /// <summary>Unknown token, <c>&lt;unk&gt;</c> (0 in LLaMA).</summary>
    public int UnkTokenId { get; }

    /// <summary>Loads a tokenizer without a model. special_tokens_map.json and tokenizer_config.json are read where they lie beside it.</summary>
    /// <param name="path">A SentencePiece file, usually named tokenizer.model, or a folder with a file of that name.</param>
    /// <exception cref="UniMedException">The path is empty, or a file is missing, broken, or not of a LLaMA tokenizer.</exception>
    public static LlamaTokenizer Load(string path) => Load(path, pad: null);

    /// <summary>Loads the tokenizer of a model folder as the reference's language model has it: its padding token is skipped when answers are decoded.</summary>
    internal static LlamaTokenizer LoadForAnswers(string folder) => Load(folder, ReferencePad);

    /// <summary>A tokenizer of a vocabulary that no folder says more about.</summary>
    /// <param name="model">The vocabulary.</param>
    /// <param name="pad">A piece that decoding skips too; null for none.</param>
    internal static LlamaTokenizer Of(SentencePieceModel model, string? pad = null) => new(model, SpecialTokensReader.Default, pad);

    /// <summary>Encodes a text. An unpaired surrogate, which has no UTF-8 form, counts as U+FFFD.</summary>
    /// <param name="text">Any text; <c>&lt;s&gt;</c>, <c>&lt;/s&gt;</c> and <c>&lt;unk&gt;</c> in it become their tokens.</param>
    /// <param name="addBos">Puts the beginning-of-sequence token in front, also where the text already spells it.</param>
    /// <returns>Token ids.</returns>
    public IReadOnlyList<int> Encode(string text, bool addBos = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<int> ids = [];
        if (addBos)
            ids.Add(BosTokenId);

        ReadOnlySpan<char> rest = text;
        bool stripsStart = false;
        while (true)
        {
            int start = NextSpecial(rest, out int special);
            SpecialToken? token = start < 0 ? null : _specials[special];
            ReadOnlySpan<char> part = start < 0 ? rest : rest[..start];
            if (token is { StripsBefore: true })
                part = PythonWhiteSpace.StripEnd(part);
            if (stripsStart)
                part = PythonWhiteSpace.StripStart(part);
            _encoder.Encode(part, ids);
            if (token is null)
                return ids;

            ids.Add(_specialIds[special]);
            rest = rest[(start + token.Text.Length)..];
            stripsStart = token.StripsAfter;
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

    /// <summary>How the vocabulary spells a token: U+2581 stands for a space, <c>&lt;0x0A&gt;</c> for a byte.</summary>
    /// <exception cref="UniMedException">The id is outside the vocabulary.</exception>
    public string PieceOf(int id)
    {
        _ = TypeOf(id);
        return _model.Pieces[id].Text;
    }

    /// <summary>True for the tokens that <see cref="Decode"/> skips: <c>&lt;s&gt;</c>, <c>&lt;/s&gt;</c>, <c>&lt;unk&gt;</c>, and what the folder names besides.</summary>
    public bool IsSpecial(int id) => (uint)id < (uint)_isSpecial.Length && _isSpecial[id];

    /// <summary>What the piece stands for.</summary>
    /// <exception cref="UniMedException">The id is outside the vocabulary.</exception>
    internal SentencePieceType TypeOf(int id) => (uint)id < (uint)VocabSize
        ? _model.Pieces[id].Type
        : throw new UniMedException(
            UniMedFailure.ModelFiles,
            $"Token id {id} is outside the vocabulary of {_model.Path}, whose ids run from 0 to {VocabSize - 1}. " +
            "The tokenizer and the language model must come from the same folder.");

    /// <summary>The text of an id in the vocabulary, U+2581 already a space.</summary>
    internal string SurfaceOf(int id) => _surfaces[id];

    /// <summary>The byte that a token of type <see cref="SentencePieceType.Byte"/> stands for.</summary>
    internal byte ByteOf(int id) => (byte)(id - _model.FirstByteTokenId);

    private static LlamaTokenizer Load(string path, string? pad)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (string.IsNullOrWhiteSpace(path))
            throw new UniMedException(UniMedFailure.InvalidInput, "The path is empty. Name a tokenizer.model, or a folder that has one.");
        string file = Directory.Exists(path) ? Path.Combine(path, FileName) : path;
        SentencePieceModel model = SentencePieceModel.Read(file);
        return new LlamaTokenizer(model, SpecialTokensReader.Read(Path.GetDirectoryName(Path.GetFullPath(file))!), pad);
    }

    private string DecodeRun(ReadOnlySpan<int> ids)
    {
        StreamingDecoder decoder = new(this);
        StringBuilder text = new();
        foreach (int id in ids)
            text.Append(decoder.Append(id));
        return text.Append(decoder.Flush()).ToString();
    }

    private int NextSpecial(ReadOnlySpan<char> text, out int special)
    {
        for (int at = 0; at < text.Length; at++)
        {
            int next = text[at..].IndexOfAny(_specialStarts);
            if (next < 0)
                break;
            at += next;
            for (special = 0; special < _specials.Length; special++)
            {
                if (text[at..].StartsWith(_specials[special].Text))
                    return at;
            }
        }

        special = -1;
        return -1;
    }
}
