using Google.Protobuf;
using UniMed.Inference;
using UniMed.Inference.Tokenization;

namespace UniMed.Bench.Synthetic;

/// <summary>Writes the smallest tokenizer.model of LLaMA's kind: three special pieces and 256 bytes, and behind them pieces that no text is encoded to.</summary>
internal static class ByteVocabulary
{
    /// <summary>Pieces of the smallest one.</summary>
    public const int Smallest = 3 + ByteValues;

    private const int ByteValues = 256;

    // Field numbers are those of sentencepiece_model.proto.
    private const int Pieces = 1, TrainerSpec = 2, NormalizerSpec = 3;
    private const int PieceText = 1, PieceScore = 2, PieceType = 3;
    private const int ModelType = 3, ByteFallback = 35, Bpe = 2;
    private const int RemoveExtraWhitespaces = 4;

    /// <summary>
    /// A tokenizer of single bytes, for models without a vocabulary of their own: ids 0 to 2 are &lt;unk&gt;, &lt;s&gt; and &lt;/s&gt;, then 256 bytes, then what such a model may say
    /// and no text is encoded to.
    /// </summary>
    /// <param name="pieces">Number of token ids, <see cref="Smallest"/> or more.</param>
    public static LlamaTokenizer Tokenizer(int pieces = Smallest) => LlamaTokenizer.Of(SentencePieceModel.Parse("the vocabulary of bytes", Write(pieces)));

    /// <summary>The file's bytes.</summary>
    /// <param name="pieces">Pieces in all, <see cref="Smallest"/> or more.</param>
    public static byte[] Write(int pieces = Smallest) => Message(file =>
    {
        Add(file, "<unk>", SentencePieceType.Unknown);
        Add(file, "<s>", SentencePieceType.Control);
        Add(file, "</s>", SentencePieceType.Control);
        for (int value = 0; value < ByteValues; value++)
            Add(file, $"<0x{value:X2}>", SentencePieceType.Byte);
        for (int id = Smallest; id < pieces; id++)
            Add(file, $"<unused{id}>", SentencePieceType.Unused);
        WriteMessage(file, TrainerSpec, trainer =>
        {
            trainer.WriteTag(ModelType, WireFormat.WireType.Varint);
            trainer.WriteEnum(Bpe);
            trainer.WriteTag(ByteFallback, WireFormat.WireType.Varint);
            trainer.WriteBool(true);
        });
        WriteMessage(file, NormalizerSpec, normalizer =>
        {
            normalizer.WriteTag(RemoveExtraWhitespaces, WireFormat.WireType.Varint);
            normalizer.WriteBool(false);
        });
    });

    private static void Add(CodedOutputStream file, string text, SentencePieceType type) => WriteMessage(file, Pieces, piece =>
    {
        piece.WriteTag(PieceText, WireFormat.WireType.LengthDelimited);
        piece.WriteString(text);
        piece.WriteTag(PieceScore, WireFormat.WireType.Fixed32);
        piece.WriteFloat(0);
        piece.WriteTag(PieceType, WireFormat.WireType.Varint);
        piece.WriteEnum((int)type);
    });

    private static void WriteMessage(CodedOutputStream file, int field, Action<CodedOutputStream> write)
    {
        file.WriteTag(field, WireFormat.WireType.LengthDelimited);
        file.WriteBytes(ByteString.CopyFrom(Message(write)));
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
            write(output);
        return bytes.ToArray();
    }
}
