using System.Text;
using CsCheck;
using UniMed.Inference;
using UniMed.Inference.Tokenization;
using Xunit;

namespace UniMed.Tests.Tokenization;

public sealed class SentencePieceModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("unimed-tokenizer").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private UniMedException Refused(byte[] content, string name = "tokenizer.model")
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, content);
        UniMedException e = Assert.Throws<UniMedException>(() => LlamaTokenizer.Load(path));
        Assert.Contains(path, e.Message, StringComparison.Ordinal);
        return e;
    }

    private static void ContainsText(string expected, UniMedException e) => Assert.Contains(expected, e.Message, StringComparison.Ordinal);

    [Fact]
    public void A_missing_file_and_a_folder_are_named()
    {
        string path = Path.Combine(_folder, "absent.model");
        ContainsText(path, Assert.Throws<UniMedException>(() => LlamaTokenizer.Load(path)));
        ContainsText(_folder, Assert.Throws<UniMedException>(() => LlamaTokenizer.Load(_folder)));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:9e556afd\nsize 499723\n", "git lfs pull")]
    [InlineData("\n<!DOCTYPE html><html><body>404</body></html>", "web page")]
    [InlineData("{\"model\": {\"type\": \"BPE\"}}", "JSON")]
    [InlineData("nothing of the kind", "not a SentencePiece model")]
    public void A_file_that_is_something_else_is_called_what_it_is(string content, string expected) =>
        ContainsText(expected, Refused(Encoding.UTF8.GetBytes(content)));

    [Fact]
    public void A_truncated_model_is_refused()
    {
        byte[] whole = File.ReadAllBytes(NanoTokenizer.Path);
        Assert.All([1, 2, 100, 1000, whole.Length / 2, whole.Length - 1], length => Refused(whole[..length]));
    }

    [Fact]
    public void A_damaged_model_loads_or_is_refused_but_never_fails_otherwise()
    {
        byte[] whole = File.ReadAllBytes(NanoTokenizer.Path);
        string path = Path.Combine(_folder, "damaged.model");
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, whole.Length - 1], Gen.Byte).Sample(
            (at, value, at2, value2) =>
            {
                byte[] damaged = [.. whole];
                damaged[at] = value;
                damaged[at2] = value2;
                File.WriteAllBytes(path, damaged);
                try
                {
                    LlamaTokenizer tokenizer = LlamaTokenizer.Load(path);
                    tokenizer.Decode([.. tokenizer.Encode("the brain\U0001F9E0 <s> x", addBos: true)]);
                }
                catch (UniMedException e)
                {
                    Assert.Contains(path, e.Message, StringComparison.Ordinal);
                }
            },
            iter: 300,
            threads: 1);
    }

    [Fact]
    public void A_small_model_of_the_right_kind_is_read()
    {
        string path = Path.Combine(_folder, "small.model");
        File.WriteAllBytes(path, With());
        LlamaTokenizer tokenizer = LlamaTokenizer.Load(path);
        Assert.Equal([1, 4, 0, 3], tokenizer.Encode("aXb", addBos: true));
        Assert.Equal("a b", tokenizer.Decode([1, 4, 5, 6, 3]));
    }

    [Fact]
    public void Other_kinds_of_models_are_refused_by_the_field_that_differs()
    {
        var file = new SentencePieceFile(Pieces());
        ContainsText("no vocabulary", Refused(new SentencePieceFile([]).Write()));
        ContainsText("BPE", Refused((file with { ModelType = 1 }).Write()));
        ContainsText("normalizer_spec.precompiled_charsmap", Refused((file with { CharactersMap = "map" }).Write()));
        ContainsText("denormalizer_spec.precompiled_charsmap", Refused((file with { DenormalizerMap = "map" }).Write()));
        ContainsText("add_dummy_prefix", Refused((file with { AddDummyPrefix = false }).Write()));
        ContainsText("remove_extra_whitespaces", Refused((file with { RemoveExtraWhitespace = true }).Write()));
        ContainsText("escape_whitespaces", Refused((file with { EscapeWhitespace = false }).Write()));
        ContainsText("treat_whitespace_as_suffix", Refused((file with { WhitespaceIsSuffix = true }).Write()));
    }

    [Fact]
    public void Vocabularies_that_cannot_be_right_are_refused_by_the_piece()
    {
        ContainsText("</s>", Refused(new SentencePieceFile([.. Pieces()[..2], Piece("a")]).Write()));
        ContainsText("two pieces 'b'", Refused(With(Piece("b"))));
        ContainsText("empty piece at token id 7", Refused(With(Piece(""))));
        ContainsText("1025 characters at token id 7", Refused(With(Piece(new string('q', 1025)))));
        ContainsText("piece type 9", Refused(With(Piece("q", (SentencePieceType)9))));
        ContainsText("'q' at token id 7 a score that is not a number", Refused(With(Piece("q", score: float.NaN))));
        ContainsText("'<0x01>' at token id 7", Refused(With(Piece("<0x01>", SentencePieceType.Byte))));
        ContainsText("1 byte pieces", Refused(With(Piece("<0x00>", SentencePieceType.Byte))));
        ContainsText("byte_fallback is false", Refused(new SentencePieceFile([.. SentencePieceFile.Special(bytes: true)]).Write()));
        ContainsText("byte_fallback is true", Refused(new SentencePieceFile(Pieces()) { ByteFallback = true }.Write()));
        ContainsText("no piece of type unknown", Refused(new SentencePieceFile([Piece("<unk>"), .. Pieces()[1..]]).Write()));
        ContainsText("two pieces of type unknown, at token ids 0 and 7", Refused(With(Piece("q", SentencePieceType.Unknown))));
        ContainsText("is 'q', not <unk>", Refused(new SentencePieceFile([Piece("<unk>"), .. Pieces()[1..], Piece("q", SentencePieceType.Unknown)]).Write()));
    }

    private static SentencePiece[] Pieces() =>
    [
        .. SentencePieceFile.Special(bytes: false),
        Piece("b"), Piece("\u2581a"), Piece("\u2581", SentencePieceType.Unused), Piece("<pad>", SentencePieceType.Control),
    ];

    private static SentencePiece Piece(string text, SentencePieceType type = SentencePieceType.Normal, float score = 0) => new(text, type, score);

    private static byte[] With(params SentencePiece[] more) => new SentencePieceFile([.. Pieces(), .. more]).Write();
}
