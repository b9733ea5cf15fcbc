using CsCheck;
using UniMed.Inference;
using UniMed.Inference.Tokenization;
using Xunit;

namespace UniMed.Tests.Tokenization;

public class BytePairEncoderTests
{
    private const SentencePieceType Normal = SentencePieceType.Normal;
    private const SentencePieceType Unused = SentencePieceType.Unused;
    private const SentencePieceType UserDefined = SentencePieceType.UserDefined;

    private static readonly string[] Letters = ["a", "b", "-", "\u2581", "\u00E9", "\U0001F9E0"];

    private static string[] Pieces(LlamaTokenizer tokenizer, string text) => [.. tokenizer.Encode(text).Select(tokenizer.PieceOf)];

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(at => values[at]);

    [Fact]
    public void Of_merges_with_equal_scores_the_leftmost_comes_first()
    {
        LlamaTokenizer tokenizer = SentencePieceFile.Tokenizer(bytes: false, ("\u2581", 0, Normal), ("e", 0, Normal), ("ee", -1, Normal), ("eee", -1, Normal), ("eeee", -3, Normal));

        Assert.Equal(["\u2581", "eee"], Pieces(tokenizer, "eee"));
        Assert.Equal(["\u2581", "eee", "ee"], Pieces(tokenizer, "eeeee"));
        Assert.Equal(["e", "e"], Pieces(SentencePieceFile.Tokenizer(bytes: false, ("e", 0, Normal), ("\u2581", 0, Normal)), "ee")[1..]);
    }

    [Fact]
    public void A_better_score_goes_before_a_place_further_left()
    {
        LlamaTokenizer tokenizer = SentencePieceFile.Tokenizer(bytes: false, ("\u2581", 0, Normal), ("a", 0, Normal), ("b", 0, Normal), ("c", 0, Normal), ("ab", -2, Normal), ("bc", -1, Normal));

        Assert.Equal(["\u2581", "a", "bc"], Pieces(tokenizer, "abc"));
    }

    [Fact]
    public void A_user_defined_piece_is_kept_whole_and_joins_with_nothing()
    {
        LlamaTokenizer tokenizer = SentencePieceFile.Tokenizer(
            bytes: false, ("\u2581", 0, Normal), ("a", 0, Normal), ("b", 0, Normal), ("ab", -1, Normal), ("aab", -2, Normal), ("ba", 0, UserDefined), ("ba\u2581ba", 0, UserDefined), ("baa", -1, Normal));

        Assert.Equal(["\u2581", "a", "ba", "ab"], Pieces(tokenizer, "abaab"));
        Assert.Equal(["\u2581", "ba\u2581ba", "ba", "\u2581", "ab"], Pieces(tokenizer, "ba baba ab"));
    }

    [Fact]
    public void An_unused_piece_joins_and_is_taken_apart_again()
    {
        LlamaTokenizer tokenizer = SentencePieceFile.Tokenizer(
            bytes: true, ("\u2581", 0, Normal), ("a", 0, Normal), ("ab", -1, Unused), ("abc", -2, Normal), ("abcd", -3, Unused));

        Assert.Equal(["\u2581", "abc"], Pieces(tokenizer, "abc"));
        Assert.Equal(["\u2581", "a", "<0x62>"], Pieces(tokenizer, "ab"));
        Assert.Equal(["\u2581", "abc", "<0x64>"], Pieces(tokenizer, "abcd"));
    }

    [Fact]
    public void Unknown_characters_become_bytes_or_one_token_for_a_run()
    {
        (string, float, SentencePieceType)[] pieces = [("\u2581", 0, Normal), ("a", 0, Normal)];

        Assert.Equal(["\u2581", "<0xC3>", "<0xA9>", "<0xF0>", "<0x9F>", "<0xA7>", "<0xA0>", "a"], Pieces(SentencePieceFile.Tokenizer(bytes: true, pieces), "\u00E9\U0001F9E0a"));
        Assert.Equal(["\u2581", "<unk>", "a", "<unk>"], Pieces(SentencePieceFile.Tokenizer(bytes: false, pieces), "\u00E9\U0001F9E0ab"));
    }

    [Fact]
    public void Control_and_byte_pieces_are_never_read_from_a_text()
    {
        LlamaTokenizer tokenizer = SentencePieceFile.Tokenizer(
            bytes: true, [.. "\u2581<pad>0x41".Distinct().Select(c => (c.ToString(), 0f, Normal)), ("<p", -1, Normal), ("<pa", -1, Normal), ("<pad", -1, Normal), ("<pad>", -1, SentencePieceType.Control)]);

        Assert.Equal(["\u2581", "<pad", ">", "<", "0", "x", "4", "1", ">"], Pieces(tokenizer, "<pad><0x41>"));
    }

    [Fact]
    public void Random_vocabularies_give_the_ids_that_sentencepiece_gives()
    {
        Assert.Equal(48, VocabularyCase.All.Length);
        foreach (VocabularyCase vocabulary in VocabularyCase.All)
        {
            LlamaTokenizer tokenizer = vocabulary.File.Tokenizer();
            Assert.All(vocabulary.Cases, c =>
            {
                Assert.Equal(c.Ids, tokenizer.Encode(c.Text));
                Assert.Equal(c.Ids, new ObviousBytePairEncoder(vocabulary.File.Pieces, vocabulary.ByteFallback).Encode(c.Text));
                Assert.Equal(c.Decoded, tokenizer.Decode(c.Ids));
            });
        }
    }

    [Fact]
    public void Any_vocabulary_and_text_give_what_the_rule_says()
    {
        Gen<string> letter = OneOf(Letters);
        Gen<SentencePiece> piece = Gen.Select(
            letter.Array[1, 5],
            OneOf(0f, -1f, -1f, -2f),
            OneOf(Normal, Normal, Normal, Normal, Normal, Unused, UserDefined),
            (letters, score, type) => new SentencePiece(string.Concat(letters), type, score));
        Gen.Select(piece.Array[1, 30], letter.Array[0, 40], Gen.Int[1, 4], Gen.Bool).Sample(
            (pieces, letters, alphabet, bytes) =>
            {
                // Texts of few letters are full of ties.
                string text = string.Concat(letters.Select(each => Letters[Array.IndexOf(Letters, each) % alphabet]));
                SentencePiece[] all = [.. SentencePieceFile.Special(bytes), .. pieces.DistinctBy(each => each.Text)];
                LlamaTokenizer tokenizer = new SentencePieceFile(all) { ByteFallback = bytes }.Tokenizer();
                Assert.Equal(text.Length == 0 ? [] : new ObviousBytePairEncoder(all, bytes).Encode(text), tokenizer.Encode(text));
            },
            iter: 1000);
    }

    [Fact]
    public void Encoding_allocates_for_its_result_and_not_for_its_tokens()
    {
        string text = string.Concat(Enumerable.Repeat("the left kidney is where it was; ", 3_000));
        NanoTokenizer.Instance.Encode(text);

        long before = GC.GetAllocatedBytesForCurrentThread();
        int tokens = NanoTokenizer.Instance.Encode(text).Count;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // A list that doubles as it grows has allocated up to 16 bytes for each of its ids.
        Assert.InRange(allocated, 4L * tokens, (16L * tokens) + 20_000);
    }
}
