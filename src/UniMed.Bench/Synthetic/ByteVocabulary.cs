using System.Text;
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
    // Protobuf's wire types.
    private const int Varint = 0, LengthDelimited = 2, Fixed32 = 5;

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
            WriteNumber(trainer, ModelType, Bpe);
            WriteNumber(trainer, ByteFallback, 1);
        });
        WriteMessage(file, NormalizerSpec, normalizer => WriteNumber(normalizer, RemoveExtraWhitespaces, 0));
    });

    private static void Add(MemoryStream file, string text, SentencePieceType type) => WriteMessage(file, Pieces, piece =>
    {
        WriteBytes(piece, PieceText, Encoding.UTF8.GetBytes(text));
        WriteTag(piece, PieceScore, Fixed32);
        piece.Write("\0\0\0\0"u8);
        WriteNumber(piece, PieceType, (int)type);
    });

    private static void WriteMessage(MemoryStream file, int field, Action<MemoryStream> write) => WriteBytes(file, field, Message(write));

    private static void WriteNumber(MemoryStream message, int field, int value)
    {
        WriteTag(message, field, Varint);
        WriteVarint(message, value);
    }

    private static void WriteBytes(MemoryStream message, int field, byte[] bytes)
    {
        WriteTag(message, field, LengthDelimited);
        WriteVarint(message, bytes.Length);
        message.Write(bytes);
    }

    private static void WriteTag(MemoryStream message, int field, int wireType) => WriteVarint(message, (field << 3) | wireType);

    private static void WriteVarint(MemoryStream message, int value)
    {
        for (; value >= 0x80; value >>= 7)
            message.WriteByte((byte)(value | 0x80));
        message.WriteByte((byte)value);
    }

    private static byte[] Message(Action<MemoryStream> write)
    {
        using var message = new MemoryStream();
        write(message);
        return message.ToArray();
    }
}
