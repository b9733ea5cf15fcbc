using System.Text;
using CsCheck;
using Google.Protobuf;
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
        File.WriteAllBytes(path, Model(Pieces()));
        LlamaTokenizer tokenizer = LlamaTokenizer.Load(path);
        Assert.Equal([1, 4, 0, 3], tokenizer.Encode("aXb", addBos: true));
        Assert.Equal("a b", tokenizer.Decode([1, 4, 5, 6, 3]));
    }

    [Fact]
    public void Other_kinds_of_models_are_refused_by_the_field_that_differs()
    {
        ContainsText("no vocabulary", Refused(Model([])));
        ContainsText("BPE", Refused(Model(Pieces(), modelType: 1)));
        ContainsText("precompiled_charsmap", Refused(Model(Pieces(), charactersMap: "map")));
        ContainsText("add_dummy_prefix", Refused(Model(Pieces(), addDummyPrefix: false)));
        ContainsText("remove_extra_whitespaces", Refused(Model(Pieces(), removeExtraWhitespace: true)));
        ContainsText("escape_whitespaces", Refused(Model(Pieces(), escapeWhitespace: false)));
        ContainsText("treat_whitespace_as_suffix", Refused(Model(Pieces(), whitespaceIsSuffix: true)));
    }

    [Fact]
    public void Vocabularies_that_cannot_be_right_are_refused_by_the_piece()
    {
        ContainsText("</s>", Refused(Model([("<unk>", 2), ("<s>", 3), ("a", 1)])));
        ContainsText("two pieces 'b'", Refused(Model([.. Pieces(), ("b", 1)])));
        ContainsText("empty piece at token id 7", Refused(Model([.. Pieces(), ("", 1)])));
        ContainsText("piece type 9", Refused(Model([.. Pieces(), ("q", 9)])));
        ContainsText("user-defined piece 'q'", Refused(Model([.. Pieces(), ("q", 4)])));
        ContainsText("'<0x01>' at token id 7", Refused(Model([.. Pieces(), ("<0x01>", 6)])));
        ContainsText("1 byte pieces", Refused(Model([.. Pieces(), ("<0x00>", 6)])));
    }

    private static (string Text, int Type)[] Pieces() =>
        [("<unk>", 2), ("<s>", 3), ("</s>", 3), ("b", 1), ("\u2581a", 1), ("\u2581", 5), ("<pad>", 3)];

    private static byte[] Model(
        (string Text, int Type)[] pieces,
        int modelType = 2,
        string charactersMap = "",
        bool addDummyPrefix = true,
        bool removeExtraWhitespace = false,
        bool escapeWhitespace = true,
        bool whitespaceIsSuffix = false)
    {
        using MemoryStream file = new();
        CodedOutputStream output = new(file);
        for (int id = 0; id < pieces.Length; id++)
        {
            (string text, int type) = pieces[id];
            WriteMessage(output, 1, piece =>
            {
                piece.WriteTag(1, WireFormat.WireType.LengthDelimited);
                piece.WriteString(text);
                piece.WriteTag(2, WireFormat.WireType.Fixed32);
                piece.WriteFloat(-id);
                piece.WriteTag(3, WireFormat.WireType.Varint);
                piece.WriteEnum(type);
            });
        }

        WriteMessage(output, 2, trainer =>
        {
            trainer.WriteTag(3, WireFormat.WireType.Varint);
            trainer.WriteEnum(modelType);
            WriteFlag(trainer, 24, whitespaceIsSuffix);
        });
        WriteMessage(output, 3, normalizer =>
        {
            normalizer.WriteTag(1, WireFormat.WireType.LengthDelimited);
            normalizer.WriteString("identity");
            normalizer.WriteTag(2, WireFormat.WireType.LengthDelimited);
            normalizer.WriteString(charactersMap);
            WriteFlag(normalizer, 3, addDummyPrefix);
            WriteFlag(normalizer, 4, removeExtraWhitespace);
            WriteFlag(normalizer, 5, escapeWhitespace);
        });
        output.Flush();
        return file.ToArray();
    }

    private static void WriteMessage(CodedOutputStream output, int field, Action<CodedOutputStream> write)
    {
        using MemoryStream content = new();
        CodedOutputStream message = new(content);
        write(message);
        message.Flush();
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(content.ToArray()));
    }

    private static void WriteFlag(CodedOutputStream output, int field, bool value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteBool(value);
    }
}
