using UniMed.Inference.Imaging.Jpeg;
using Xunit;

namespace UniMed.Inference.Tests.Imaging.Jpeg;

public class HuffmanTableTests
{
    [Fact]
    public void Codes_of_every_length_are_found()
    {
        // One code of each length: 0, 10, 110, ... and fifteen ones with a zero.
        byte[] counts = [.. Enumerable.Repeat((byte)1, 16)];
        byte[] symbols = [.. Enumerable.Range(1, 16).Select(i => (byte)(0x10 + i))];
        HuffmanTable table = HuffmanTable.Create(counts, symbols, isDc: false, withValues: false);
        for (int length = 1; length <= 16; length++)
        {
            int code = (0xFFFF << (17 - length)) & 0xFFFF;
            Assert.Equal(length, table.FindCode(code, out int symbol));
            Assert.Equal(symbols[length - 1], symbol);
        }
    }

    [Fact]
    public void A_code_that_no_table_has_is_damage()
    {
        HuffmanTable table = HuffmanTable.Create([1, .. new byte[15]], [5], isDc: false, withValues: false);
        Assert.Throws<JpegFaultException>(() => table.FindCode(0xFFFF, out _));
        Assert.Throws<JpegFaultException>(() => table.FindCode(0x8000, out _));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void More_codes_than_fit_are_refused_and_so_is_a_code_of_ones(byte count) =>
        Assert.Throws<JpegFaultException>(
            () => HuffmanTable.Create([count, .. new byte[15]], new byte[count], isDc: true, withValues: false));

    [Fact]
    public void Categories_of_differences_end_at_fifteen() =>
        Assert.Throws<JpegFaultException>(
            () => HuffmanTable.Create([1, .. new byte[15]], [16], isDc: true, withValues: false));

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0, 1, -1)]
    [InlineData(1, 1, 1)]
    [InlineData(0, 3, -7)]
    [InlineData(3, 3, -4)]
    [InlineData(4, 3, 4)]
    [InlineData(0, 15, -32767)]
    [InlineData(32767, 15, 32767)]
    public void Value_bits_that_begin_with_zero_are_negative(int bits, int category, int value) =>
        Assert.Equal(value, HuffmanTable.Extend(bits, category));

    [Fact]
    public void The_lookup_has_the_run_and_the_value_where_they_fit()
    {
        // The code 0 stands for two zeros and a value of three bits.
        HuffmanTable table = HuffmanTable.Create([1, .. new byte[15]], [0x23], isDc: false, withValues: true);
        int entry = table.Lookup[0b0_101_000000];
        Assert.Equal((4, 3, 5), (entry & 0xFF, entry >> 8 & 0xFF, entry >> 16));
        entry = table.Lookup[0b0_010_000000];
        Assert.Equal((4, 3, -5), (entry & 0xFF, entry >> 8 & 0xFF, entry >> 16));
    }
}
