using CsCheck;
using UniMed.Native.Gpu;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

public sealed class SizeClassTests
{
    [Theory]
    [InlineData(1, 256)]
    [InlineData(256, 256)]
    [InlineData(257, 512)]
    [InlineData(4096, 4096)]
    [InlineData(4097, 4608)]
    [InlineData((32L << 20) + 1, 34L << 20)]
    [InlineData(4096L * 11008 * 2, 4096L * 11008 * 2)]
    public void Sizes_are_steps_of_an_eighth_and_pages_for_large_ones(long bytes, long size) => Assert.Equal(size, SizeClass.Of(bytes));

    [Fact]
    public void A_size_holds_what_was_asked_for_and_little_more() =>
        Gen.Select(Gen.Int[0, 46], Gen.Double.Unit).Select((bit, part) => (1L << bit) + (long)(part * (1L << bit))).Sample(bytes =>
        {
            long size = SizeClass.Of(bytes);
            return size >= bytes
                && size % SizeClass.MinBytes == 0
                && size - bytes <= Math.Max(SizeClass.MinBytes - 1, bytes / 8)
                && (bytes < 16 * SizeClass.Page || size - bytes < SizeClass.Page)
                && SizeClass.Of(size) == size;
        });

    [Fact]
    public void Nothing_and_more_than_any_machine_has_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => SizeClass.Of(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => SizeClass.Of(long.MaxValue));
    }
}
