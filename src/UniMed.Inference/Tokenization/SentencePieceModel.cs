using System.Text;

namespace UniMed.Inference.Tokenization;

/// <summary>
/// The vocabulary and the switches of a tokenizer.model file (SentencePiece's ModelProto), refused unless it is the kind LLaMA uses: BPE with
/// an identity normalizer, a space put in front of the text, and white space kept.
/// </summary>
internal sealed class SentencePieceModel
{
    private const int MaxFileBytes = 64 << 20;
    private const int ByteValues = 256;

    // SentencePiece's own default is 16; a text of n characters may take n times the longest piece.
    private const int MaxPieceLength = 1024;

    private readonly List<SentencePiece> _pieces = [];

    private SentencePieceModel(string path) => Path = path;

    /// <summary>Where the model was read from.</summary>
    public string Path { get; }

    /// <summary>The vocabulary; the index is the token id.</summary>
    public IReadOnlyList<SentencePiece> Pieces => _pieces;

    /// <summary>The token id of byte 0 where the vocabulary spells unknown characters by their UTF-8 bytes, otherwise -1.</summary>
    public int FirstByteTokenId { get; private set; } = -1;

    /// <summary>The token id of what the vocabulary cannot spell.</summary>
    public int UnknownTokenId { get; private set; } = -1;

    /// <summary>Reads and checks a tokenizer.model file.</summary>
    /// <exception cref="UniMedException">The file is missing, is not a SentencePiece model, or is of a kind LLaMA does not use.</exception>
    public static SentencePieceModel Read(string path) => Parse(path, ReadFile(path));

    /// <summary>Checks the contents of a tokenizer.model file.</summary>
    /// <param name="path">For errors.</param>
    /// <param name="file">The file's bytes.</param>
    /// <exception cref="UniMedException">It is not a SentencePiece model, or is of a kind LLaMA does not use.</exception>
    public static SentencePieceModel Parse(string path, byte[] file)
    {
        SentencePieceModel model = new(path);
        bool fallsBackToBytes;
        try
        {
            model.ReadFields(file, out fallsBackToBytes);
        }
        catch (Exception e) when (e is InvalidDataException or DecoderFallbackException)
        {
            throw new UniMedException(
                UniMedFailure.ModelFiles,
                $"{path} is not a SentencePiece model: {e.Message} Copy tokenizer.model again from the LLaMA folder it came from.", e);
        }

        model.CheckPieces(fallsBackToBytes);
        return model;
    }

    /// <summary>The token id of the piece spelled like this, which the LLaMA vocabulary must hold.</summary>
    /// <exception cref="UniMedException">There is no such piece.</exception>
    public int RequireId(string piece)
    {
        for (int id = 0; id < _pieces.Count; id++)
        {
            if (_pieces[id].Text == piece)
                return id;
        }

        throw Refused($"has no piece {piece} among its {_pieces.Count}, which every LLaMA vocabulary has");
    }

    private static byte[] ReadFile(string path)
    {
        byte[] file;
        try
        {
            long length = new FileInfo(path).Length;
            if (length > MaxFileBytes)
            {
                throw new UniMedException(
                    UniMedFailure.ModelFiles,
                    $"{path} has {length} bytes; a tokenizer.model has at most {MaxFileBytes}. " +
                    "Copy the tokenizer.model of the LLaMA folder here.");
            }

            file = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UniMedException(UniMedFailure.ModelFiles, $"{path} cannot be read: {e.Message} It must be the tokenizer.model of the LLaMA folder.", e);
        }

        ReadOnlySpan<byte> start = file.AsSpan().TrimStart(" \t\r\n"u8);
        string? what = file.Length == 0 ? "is empty"
            : start.StartsWith("version https://git-lfs"u8) ? "is a Git LFS pointer, not the file itself (run git lfs pull where it came from)"
            : start.StartsWith("<"u8) ? "is a web page, not the file itself (the download failed)"
            : start.StartsWith("{"u8) ? "is JSON, perhaps a tokenizer.json; the SentencePiece file tokenizer.model is needed"
            : null;
        return what is null
            ? file
            : throw new UniMedException(UniMedFailure.ModelFiles, $"{path} is not a SentencePiece model: it {what}. Copy tokenizer.model from the LLaMA folder.");
    }

    private void ReadFields(byte[] file, out bool fallsBackToBytes)
    {
        bool isBpe = false;
        bool bytes = false;
        bool addsDummyPrefix = true;
        bool removesExtraWhitespace = true;
        bool escapesWhitespace = true;
        bool whitespaceIsSuffix = false;
        int charactersMapBytes = 0;
        int denormalizerMapBytes = 0;

        // Field numbers are those of sentencepiece_model.proto; a field that is absent has the default given above.
        var model = new ProtobufReader(file);
        while (model.Next())
        {
            switch (model.Field)
            {
                case 1:
                    _pieces.Add(ReadPiece(model.Bytes()));
                    break;
                case 2:
                    var trainer = new ProtobufReader(model.Bytes());
                    while (trainer.Next())
                    {
                        switch (trainer.Field)
                        {
                            case 3:
                                isBpe = trainer.Enum32() == 2;
                                break;
                            case 24:
                                whitespaceIsSuffix = trainer.Bool();
                                break;
                            case 35:
                                bytes = trainer.Bool();
                                break;
                            default:
                                trainer.Skip();
                                break;
                        }
                    }

                    break;
                case 3:
                    var normalizer = new ProtobufReader(model.Bytes());
                    while (normalizer.Next())
                    {
                        switch (normalizer.Field)
                        {
                            case 2:
                                charactersMapBytes = normalizer.Bytes().Length;
                                break;
                            case 3:
                                addsDummyPrefix = normalizer.Bool();
                                break;
                            case 4:
                                removesExtraWhitespace = normalizer.Bool();
                                break;
                            case 5:
                                escapesWhitespace = normalizer.Bool();
                                break;
                            default:
                                normalizer.Skip();
                                break;
                        }
                    }

                    break;
                case 5:
                    var denormalizer = new ProtobufReader(model.Bytes());
                    while (denormalizer.Next())
                    {
                        if (denormalizer.Field == 2)
                            denormalizerMapBytes = denormalizer.Bytes().Length;
                        else
                            denormalizer.Skip();
                    }

                    break;
                default:
                    model.Skip();
                    break;
            }
        }

        fallsBackToBytes = bytes;

        string? difference = _pieces.Count == 0 ? "holds no vocabulary"
            : !isBpe ? "is not of type BPE (trainer_spec.model_type 2)"
            : charactersMapBytes > 0 ? "normalizes characters (normalizer_spec.precompiled_charsmap is not empty)"
            : denormalizerMapBytes > 0 ? "changes characters when it decodes (denormalizer_spec.precompiled_charsmap is not empty)"
            : !addsDummyPrefix ? "puts no space in front of a text (normalizer_spec.add_dummy_prefix is false)"
            : removesExtraWhitespace ? "removes extra white space (normalizer_spec.remove_extra_whitespaces is true)"
            : !escapesWhitespace ? "does not escape white space (normalizer_spec.escape_whitespaces is false)"
            : whitespaceIsSuffix ? "puts white space at the end of a piece (trainer_spec.treat_whitespace_as_suffix is true)"
            : null;
        if (difference is not null)
            throw Refused(difference);
    }

    private static SentencePiece ReadPiece(ReadOnlySpan<byte> message)
    {
        string text = "";
        float score = 0;
        SentencePieceType type = SentencePieceType.Normal;
        var piece = new ProtobufReader(message);
        while (piece.Next())
        {
            switch (piece.Field)
            {
                case 1:
                    text = piece.Text();
                    break;
                case 2:
                    score = piece.Float();
                    break;
                case 3:
                    type = (SentencePieceType)piece.Enum32();
                    break;
                default:
                    piece.Skip();
                    break;
            }
        }

        return new SentencePiece(text, type, score);
    }

    private void CheckPieces(bool fallsBackToBytes)
    {
        HashSet<string> spellings = new(_pieces.Count, StringComparer.Ordinal);
        int byteTokens = 0;
        for (int id = 0; id < _pieces.Count; id++)
        {
            SentencePiece piece = _pieces[id];
            if (piece.Text.Length == 0)
                throw Refused($"has an empty piece at token id {id}");
            if (piece.Text.Length > MaxPieceLength)
                throw Refused($"has a piece of {piece.Text.Length} characters at token id {id}; at most {MaxPieceLength} are expected");
            if (!spellings.Add(piece.Text))
                throw Refused($"spells two pieces '{piece.Text}', the second at token id {id}");
            if (!Enum.IsDefined(piece.Type))
                throw Refused($"gives token id {id} the unknown piece type {(int)piece.Type}");
            if (float.IsNaN(piece.Score))
                throw Refused($"gives the piece '{piece.Text}' at token id {id} a score that is not a number");
            if (piece.Type == SentencePieceType.Unknown)
                RequireFirstUnknown(id);
            if (piece.Type != SentencePieceType.Byte)
                continue;

            if (byteTokens == 0)
                FirstByteTokenId = id;
            if (id != FirstByteTokenId + byteTokens || piece.Text != $"<0x{byteTokens:X2}>")
                throw Refused($"has the byte piece '{piece.Text}' at token id {id}; the byte pieces <0x00> to <0xFF> must follow one another");
            byteTokens++;
        }

        if (UnknownTokenId < 0)
            throw Refused($"has no piece of type unknown among its {_pieces.Count}");
        int expected = fallsBackToBytes ? ByteValues : 0;
        if (byteTokens != expected)
            throw Refused($"has {byteTokens} byte pieces; where trainer_spec.byte_fallback is {(fallsBackToBytes ? "true" : "false")}, {expected} are expected");
    }

    private void RequireFirstUnknown(int id)
    {
        if (UnknownTokenId >= 0)
            throw Refused($"has two pieces of type unknown, at token ids {UnknownTokenId} and {id}");
        UnknownTokenId = id;
    }

    private UniMedException Refused(string why) =>
        new(UniMedFailure.ModelFiles, $"{Path} is not a LLaMA tokenizer: it {why}. Use the tokenizer.model that belongs to the language model.");
}
