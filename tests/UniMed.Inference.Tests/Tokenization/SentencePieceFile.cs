using Google.Protobuf;
using UniMed.Inference;
using UniMed.Inference.Tokenization;

namespace UniMed.Tests.Tokenization;

/// <summary>Writes a tokenizer.model from the fields of its messages; the defaults are LLaMA's.</summary>
internal sealed record SentencePieceFile(IReadOnlyList<SentencePiece> Pieces)
{
    public int ModelType { get; init; } = 2;

    public bool ByteFallback { get; init; }

    public bool WhitespaceIsSuffix { get; init; }

    public string CharactersMap { get; init; } = "";

    public string DenormalizerMap { get; init; } = "";

    public bool AddDummyPrefix { get; init; } = true;

    public bool RemoveExtraWhitespace { get; init; }

    public bool EscapeWhitespace { get; init; } = true;

    /// <summary>The three special pieces, and 256 bytes behind them where unknown characters become bytes.</summary>
    public static IEnumerable<SentencePiece> Special(bool bytes) =>
    [
        new("<unk>", SentencePieceType.Unknown, 0),
        new("<s>", SentencePieceType.Control, 0),
        new("</s>", SentencePieceType.Control, 0),
        .. bytes ? Enumerable.Range(0, 256).Select(value => new SentencePiece($"<0x{value:X2}>", SentencePieceType.Byte, 0)) : [],
    ];

    /// <summary>A tokenizer of the special pieces and the texts, each with a score and of a type.</summary>
    public static LlamaTokenizer Tokenizer(bool bytes, params (string Text, float Score, SentencePieceType Type)[] pieces) =>
        new SentencePieceFile([.. Special(bytes), .. pieces.Select(piece => new SentencePiece(piece.Text, piece.Type, piece.Score))]) { ByteFallback = bytes }.Tokenizer();

    public LlamaTokenizer Tokenizer(string? pad = null) => LlamaTokenizer.Of(SentencePieceModel.Parse("made by a test", Write()), pad);

    public byte[] Write() => Message(file =>
    {
        foreach (SentencePiece piece in Pieces)
            Field(file, 1, message => WritePiece(message, piece));
        Field(file, 2, trainer =>
        {
            trainer.WriteTag(3, WireFormat.WireType.Varint);
            trainer.WriteEnum(ModelType);
            Flag(trainer, 24, WhitespaceIsSuffix);
            Flag(trainer, 35, ByteFallback);
        });
        Field(file, 3, normalizer =>
        {
            Text(normalizer, 1, "identity");
            Text(normalizer, 2, CharactersMap);
            Flag(normalizer, 3, AddDummyPrefix);
            Flag(normalizer, 4, RemoveExtraWhitespace);
            Flag(normalizer, 5, EscapeWhitespace);
        });
        Field(file, 5, denormalizer => Text(denormalizer, 2, DenormalizerMap));
    });

    private static void WritePiece(CodedOutputStream message, SentencePiece piece)
    {
        Text(message, 1, piece.Text);
        message.WriteTag(2, WireFormat.WireType.Fixed32);
        message.WriteFloat(piece.Score);
        message.WriteTag(3, WireFormat.WireType.Varint);
        message.WriteEnum((int)piece.Type);
    }

    private static void Text(CodedOutputStream message, int field, string text)
    {
        message.WriteTag(field, WireFormat.WireType.LengthDelimited);
        message.WriteString(text);
    }

    private static void Flag(CodedOutputStream message, int field, bool value)
    {
        message.WriteTag(field, WireFormat.WireType.Varint);
        message.WriteBool(value);
    }

    private static void Field(CodedOutputStream message, int field, Action<CodedOutputStream> write)
    {
        message.WriteTag(field, WireFormat.WireType.LengthDelimited);
        message.WriteBytes(ByteString.CopyFrom(Message(write)));
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using MemoryStream content = new();
        using (CodedOutputStream message = new(content, leaveOpen: true))
            write(message);
        return content.ToArray();
    }
}
