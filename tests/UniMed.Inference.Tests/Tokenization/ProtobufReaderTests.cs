using System.Text;
using CsCheck;
using Google.Protobuf;
using UniMed.Inference.Tokenization;
using Xunit;

namespace UniMed.Tests.Tokenization;

/// <summary>The reader against messages that Google's writer made, and against damaged ones.</summary>
public class ProtobufReaderTests
{
    [Fact]
    public void Every_kind_of_field_is_read_as_it_was_written() =>
        Gen.Select(Gen.Int[1, 100_000], Gen.Int, Gen.Bool, Gen.Float, Gen.String[Gen.Char.AlphaNumeric, 0, 300], Gen.ULong).Sample((field, number, flag, score, text, other) =>
        {
            byte[] message = Message(output =>
            {
                output.WriteTag(field, WireFormat.WireType.Varint);
                output.WriteEnum(number);
                output.WriteTag(field + 1, WireFormat.WireType.Varint);
                output.WriteBool(flag);
                output.WriteTag(field + 2, WireFormat.WireType.Fixed32);
                output.WriteFloat(score);
                output.WriteTag(field + 3, WireFormat.WireType.Fixed64);
                output.WriteFixed64(other);
                output.WriteTag(field + 4, WireFormat.WireType.LengthDelimited);
                output.WriteString(text + "é✓🧠");
                output.WriteTag(field + 5, WireFormat.WireType.Varint);
                output.WriteUInt64(other);
            });

            var reader = new ProtobufReader(message);
            Assert.True(reader.Next() && reader.Field == field && reader.Enum32() == number);
            Assert.True(reader.Next() && reader.Field == field + 1 && reader.Bool() == flag);
            Assert.True(reader.Next() && reader.Field == field + 2 && reader.Float().Equals(score));
            Assert.True(reader.Next());
            reader.Skip();
            Assert.True(reader.Next() && reader.Field == field + 4 && reader.Text() == text + "é✓🧠");
            Assert.True(reader.Next());
            reader.Skip();
            Assert.False(reader.Next());
        });

    [Theory]
    [InlineData("0A", "ends in the middle")] // a length is missing
    [InlineData("0A05616263", "5 bytes, where 3 are left")]
    [InlineData("0AFFFFFFFFFFFFFFFFFF01", "18446744073709551615 bytes")]
    [InlineData("08FFFFFFFFFFFFFFFFFFFF01", "more than ten bytes")]
    [InlineData("0D0000", "ends in the middle")] // four bytes of a float
    [InlineData("0B0C", "wire type 3")] // a group
    [InlineData("0F", "wire type 7")]
    [InlineData("0200", "field 0")]
    public void A_damaged_message_is_refused(string hex, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => SkipAll(Convert.FromHexString(hex))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_field_of_another_kind_than_expected_is_refused()
    {
        byte[] number = [0x08, 0x01];

        Assert.Contains("wire type 0 instead of 2", Assert.Throws<InvalidDataException>(() => First(number)).Message, StringComparison.Ordinal);

        static void First(byte[] message)
        {
            var reader = new ProtobufReader(message);
            reader.Next();
            reader.Text();
        }
    }

    [Fact]
    public void Text_that_is_not_UTF8_is_refused() => Assert.Throws<DecoderFallbackException>(() =>
    {
        var reader = new ProtobufReader([0x0A, 0x01, 0xFF]);
        reader.Next();
        reader.Text();
    });

    private static void SkipAll(byte[] message)
    {
        var reader = new ProtobufReader(message);
        while (reader.Next())
            reader.Skip();
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
            write(output);
        return bytes.ToArray();
    }
}
