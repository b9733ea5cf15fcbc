using System.Buffers.Binary;
using System.Text;
using CsCheck;
using UniMed.Inference.Weights;
using Xunit;

namespace UniMed.Tests.Weights;

public class SafetensorsHostileHeaderTests
{
    private const string Good = """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""";

    [Theory]
    // Not an object of tensors.
    [InlineData("", 0, "expected '{'")]
    [InlineData("[]", 0, "expected '{'")]
    [InlineData(" {}", 0, "expected '{'")]
    [InlineData("{", 0, "not the JSON")]
    [InlineData("{}x", 0, "not the JSON")]
    [InlineData("{}{}", 0, "not the JSON")]
    [InlineData("{\"a\":", 0, "not the JSON")]
    [InlineData("{'a':1}", 0, "not the JSON")]
    [InlineData("{/**/}", 0, "not the JSON")]
    [InlineData("{\"\\ud800\":1}", 0, "not valid UTF-8")]
    [InlineData("""{"a":1}""", 0, "tensor 'a': Expected an object with dtype, shape and data_offsets, found the number '1'")]
    [InlineData("""{"a":null}""", 0, "found null")]
    [InlineData("""{"":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", 0, "empty name")]
    // Members.
    [InlineData("""{"a":{}}""", 0, "tensor 'a': dtype is missing")]
    [InlineData("""{"a":{"dtype":"U8","data_offsets":[0,0]}}""", 0, "tensor 'a': shape is missing")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0]}}""", 0, "tensor 'a': data_offsets is missing")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"x":1}}""", 4, "tensor 'a': Unknown member 'x'")]
    [InlineData("""{"a":{"dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4, "dtype stands there twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"shape":[4],"data_offsets":[0,4]}}""", 4, "shape stands there twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4, "tensor 'a': The header names it twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", 0, "tensor 'a': The header names it twice")]
    [InlineData("""{"a":{"dtype":"I16","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", 0, "tensor 'a': The header names it twice")]
    // dtype.
    [InlineData("""{"a":{"dtype":"X9","shape":[4],"data_offsets":[0,4]}}""", 4, "tensor 'a': dtype 'X9' is unknown. UniMed reads F64, F32")]
    [InlineData("""{"a":{"dtype":"u8","shape":[4],"data_offsets":[0,4]}}""", 4, "dtype 'u8' is unknown")]
    [InlineData("""{"a":{"dtype":"1","shape":[4],"data_offsets":[0,4]}}""", 4, "dtype '1' is unknown")]
    [InlineData("""{"a":{"dtype":"F4","shape":[8],"data_offsets":[0,4]}}""", 4, "dtype 'F4' is unknown")]
    [InlineData("""{"a":{"dtype":7,"shape":[4],"data_offsets":[0,4]}}""", 4, "dtype must be a string")]
    // shape.
    [InlineData("""{"a":{"dtype":"U8","shape":4,"data_offsets":[0,4]}}""", 4, "tensor 'a': shape must be an array of integers, found the number '4'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}}""", 4, "found the number '-4'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4.0],"data_offsets":[0,4]}}""", 4, "found the number '4.0'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4e0],"data_offsets":[0,4]}}""", 4, "found the number '4e0'")]
    [InlineData("""{"a":{"dtype":"U8","shape":["4"],"data_offsets":[0,4]}}""", 4, "found the string '4'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[[4]],"data_offsets":[0,4]}}""", 4, "not the JSON")]
    [InlineData("""{"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,4]}}""", 4, "found the number '9223372036854775808'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "more bytes than a 64-bit integer counts")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "more bytes than a 64-bit integer counts")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}}""", 4, "more bytes than a 64-bit integer counts")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "tensor 'a': Shape [2] of F32 takes 8 bytes, but data_offsets [0, 4] hold 4")]
    [InlineData("""{"a":{"dtype":"U8","shape":[],"data_offsets":[0,0]}}""", 0, "Shape [] of U8 takes 1 bytes")]
    [InlineData("""{"a":{"dtype":"I16","shape":[2],"data_offsets":[0,2]}}""", 2, "Shape [2] of I16 takes 4 bytes")]
    // data_offsets.
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}""", 4, "tensor 'a': data_offsets [4, 0] are reversed")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,5]}}""", 4, "tensor 'a': data_offsets [0, 5] leave the data section of 4 bytes")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[9223372036854775803,9223372036854775807]}}""", 4, "leave the data section")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0]}}""", 4, "must hold two numbers (begin, end), found 1")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4,8]}}""", 4, "data_offsets has more than 2 numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[-4,0]}}""", 4, "data_offsets must hold integers from 0")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":{"0":4}}}""", 4, "data_offsets must be an array")]
    // Coverage of the data section.
    [InlineData("{}", 1, "The tensors cover 0 bytes, but the data section has 1")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 5, "The tensors cover 4 bytes, but the data section has 5")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[1,5]}}""", 5, "tensor 'a': It starts at byte 1 of the data section, but the tensors before it end at 0")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}}""", 5, "tensor 'b': It starts at byte 3 of the data section, but the tensors before it end at 2")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", 4, "tensor 'b': It starts at byte 2 of the data section, inside tensor 'a', which ends at 3")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4, "must not overlap")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}}""", 4, "must not overlap")]
    // Metadata.
    [InlineData("""{"__metadata__":[]}""", 0, "__metadata__ must be an object of strings, found an array")]
    [InlineData("""{"__metadata__":{"k":1}}""", 0, "__metadata__ entry 'k' must be a string, found the number '1'")]
    [InlineData("""{"__metadata__":{"k":{"x":"y"}}}""", 0, "__metadata__ entry 'k' must be a string, found an object")]
    [InlineData("""{"__metadata__":{"k":"1","k":"2"}}""", 0, "__metadata__ has the key 'k' twice")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0, "__metadata__ twice")]
    // Names in messages are harmless.
    [InlineData("""{"a\n\u0007b":1}""", 0, "tensor 'a??b'")]
    public void A_header_that_breaks_a_rule_is_refused_and_says_how(string header, int dataBytes, string expected)
    {
        string message = Refusal(SafetensorsBytes.Create(header, dataBytes));

        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Metadata_of_null_are_none()
    {
        Assert.Empty(Parse(SafetensorsBytes.Create("""{"__metadata__":null}""", 0)).Metadata);
        Assert.Contains("__metadata__ twice", Refusal(SafetensorsBytes.Create("""{"__metadata__":null,"__metadata__":{}}""", 0)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_that_keeps_the_rules_is_read()
    {
        SafetensorsHeader header = Parse(SafetensorsBytes.Create("""{"b":{"data_offsets":[4,4],"shape":[3,0],"dtype":"F16"},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"__metadata__":{"k":"v"}}   """, 4));

        Assert.Equal(["b", "a"], header.Tensors.Keys);
        Assert.Equal([3L, 0L], header.Tensors["b"].Shape);
        Assert.Equal(0, header.Tensors["b"].ElementCount);
        Assert.Equal("v", header.Metadata["k"]);
    }

    [Theory]
    [InlineData(0, "empty (0 bytes)")]
    [InlineData(1, "Expected at least 8 bytes (the header's length), found 1")]
    [InlineData(7, "Expected at least 8 bytes (the header's length), found 7")]
    public void A_file_too_short_for_the_length_of_its_header_is_refused(int length, string expected) =>
        Assert.Contains(expected, Refusal(new byte[length]), StringComparison.Ordinal);

    [Theory]
    [InlineData(100_000_001, "The header claims 100000001 bytes; at most 100000000 are allowed")]
    [InlineData(ulong.MaxValue, "The header claims 18446744073709551615 bytes")]
    [InlineData(1UL << 63, "The header claims 9223372036854775808 bytes")]
    [InlineData(100_000_000, "The header claims 100000000 bytes, but only 53 follow its length")]
    [InlineData(54, "The header claims 54 bytes, but only 53 follow its length")]
    [InlineData(0, "expected '{'")]
    public void A_header_length_that_the_file_does_not_have_is_refused(ulong length, string expected)
    {
        byte[] file = SafetensorsBytes.Create(Good, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(file, length);

        Assert.Contains(expected, Refusal(file), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 7\n", "Git LFS pointer", "git lfs pull")]
    [InlineData("<!DOCTYPE html>\n<html>", "web page", "Download the file again")]
    [InlineData("\n  <HTML><head>", "web page", "Download the file again")]
    [InlineData("<?xml version=\"1.0\"?><Error>", "web page", "Download the file again")]
    [InlineData("PK\u0003\u0004\u0000\u0000\u0000\u0000archive/data.pkl", "zip archive", "unimed-convert")]
    public void Other_kinds_of_files_are_recognized_and_say_what_to_do(string content, string kind, string nextStep)
    {
        string message = Refusal(Encoding.Latin1.GetBytes(content));

        Assert.Contains(kind, message, StringComparison.Ordinal);
        Assert.Contains(nextStep, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pickle_is_recognized() =>
        Assert.Contains("Python pickle", Refusal([0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20]), StringComparison.Ordinal);

    [Fact]
    public void A_large_zip_archive_is_recognized_although_its_first_bytes_are_a_possible_header_length()
    {
        byte[] start = new byte[SafetensorsHeader.LengthBytes + SafetensorsHeader.MaxJsonBytes];
        "PK\u0003\u0004"u8.CopyTo(start);

        SafetensorsException error = Assert.Throws<SafetensorsException>(() => SafetensorsHeaderParser.Parse("m", start, 1L << 33));

        Assert.Contains("zip archive", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nesting_is_bounded()
    {
        const string Array = """{"a":{"shape":""";
        Assert.Contains("depth", Refusal(SafetensorsBytes.Create(Array + new string('[', 1_000_000), 0)), StringComparison.Ordinal);
        Assert.Contains("found an object", Refusal(SafetensorsBytes.Create(Array + string.Concat(Enumerable.Repeat("{\"a\":", 200_000)), 0)), StringComparison.Ordinal);
        Assert.Contains("found an array", Refusal(SafetensorsBytes.Create("{\"a\":" + new string('[', 1_000_000), 0)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_number_of_tensors_is_bounded()
    {
        string entries = string.Join(',', Enumerable.Range(0, SafetensorsHeader.MaxEntries + 1).Select(i => $$"""
            "{{i}}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}
            """));

        Assert.Contains("more than 100000 tensors", Refusal(SafetensorsBytes.Create("{" + entries + "}", 0)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_number_of_metadata_entries_is_bounded()
    {
        string entries = string.Join(',', Enumerable.Range(0, SafetensorsHeader.MaxEntries + 1).Select(i => $"\"{i}\":\"\""));

        Assert.Contains("more than 100000 entries", Refusal(SafetensorsBytes.Create("{\"__metadata__\":{" + entries + "}}", 0)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_number_of_dimensions_is_bounded()
    {
        string shape = string.Join(',', Enumerable.Repeat("1", 65));

        Assert.Contains("shape has more than 64 numbers", Refusal(SafetensorsBytes.Create($$$"""{"a":{"dtype":"U8","shape":[{{{shape}}}],"data_offsets":[0,1]}}""", 1)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_name_is_cut_in_messages()
    {
        string message = Refusal(SafetensorsBytes.Create($$"""{"{{new string('n', 100_000)}}":1}""", 0));

        Assert.True(message.Length < 400);
        Assert.Contains("nnn...'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Invalid_UTF8_is_refused() =>
        Assert.Contains("UTF-8", Refusal(SafetensorsBytes.Create([.. "{\""u8, 0xFF, 0xFE, .. "\":1}"u8], 0)), StringComparison.Ordinal);

    [Fact]
    public void Damage_anywhere_gives_a_header_or_a_safetensors_error() =>
        Gen.Select(Gen.Int[0, 200], Gen.Byte, Gen.Int[0, 220]).Array[1, 4].Sample(
            edits =>
            {
                byte[] file = SafetensorsBytes.Create("""{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"b":{"dtype":"I16","shape":[4],"data_offsets":[8,16]}}""", 16);
                foreach ((int position, byte value, int cut) in edits)
                {
                    if (position < file.Length)
                        file[position] = value;
                    if (cut < file.Length && value < 16)
                        file = file[..cut];
                }

                try
                {
                    Parse(file);
                }
                catch (SafetensorsException)
                {
                }
            },
            iter: 20_000);

    private static SafetensorsHeader Parse(byte[] file) => SafetensorsHeaderParser.Parse("folder/m.safetensors", file, file.Length);

    private static string Refusal(byte[] file)
    {
        SafetensorsException error = Assert.Throws<SafetensorsException>(() => Parse(file));
        Assert.StartsWith("folder/m.safetensors: ", error.Message, StringComparison.Ordinal);
        Assert.Equal("folder/m.safetensors", error.File);
        return error.Message;
    }
}
