using System.Text.Json;
using UniMed.Inference.Tokenization;

namespace UniMed.Tests.Tokenization;

/// <summary>A small vocabulary, and what SentencePiece 0.1.97 behind the slow tokenizer makes of texts with it.</summary>
/// <param name="ByteFallback">Unknown characters become bytes, whose pieces follow the first three and are not listed.</param>
/// <param name="Pieces">Text, score and type of each piece.</param>
/// <param name="Cases">The texts.</param>
internal sealed record VocabularyCase(bool ByteFallback, JsonElement[][] Pieces, VocabularyCase.Encoded[] Cases)
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static VocabularyCase[] All { get; } =
        JsonSerializer.Deserialize<VocabularyCase[]>(System.IO.File.ReadAllText(Golden.Path("tokenizer", "vocabularies.json")), SnakeCase)!;

    public SentencePieceFile File => new([.. SentencePieceFile.Special(ByteFallback), .. Pieces.Skip(3).Select(Read)]) { ByteFallback = ByteFallback };

    private static SentencePiece Read(JsonElement[] piece) => new(piece[0].GetString()!, (SentencePieceType)piece[2].GetInt32(), piece[1].GetSingle());

    internal sealed record Encoded(string Text, int[] Ids, string Decoded);
}
