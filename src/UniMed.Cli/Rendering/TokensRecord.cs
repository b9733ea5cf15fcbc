using UniMed.Inference;

namespace UniMed.Cli.Rendering;

/// <summary>The tokens of a text.</summary>
/// <param name="Text">The text.</param>
/// <param name="Ids">Its token ids, without the begin token.</param>
/// <param name="Pieces">How the vocabulary spells each.</param>
/// <param name="Decoded">What the ids decode to: the text, without special tokens.</param>
internal sealed record TokensRecord(string Text, IReadOnlyList<int> Ids, IReadOnlyList<string> Pieces, string Decoded)
{
    public static TokensRecord Of(LlamaTokenizer tokenizer, string text)
    {
        IReadOnlyList<int> ids = tokenizer.Encode(text);
        return new TokensRecord(text, ids, [.. ids.Select(tokenizer.PieceOf)], tokenizer.Decode([.. ids]));
    }
}
