using Xunit;

namespace UniMed.Native.Tests;

public sealed class PhiloxTests
{
    /// <summary>Source: the known-answer file of Random123, philox4x32-10.</summary>
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Ten_rounds_give_the_published_answers(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint r0, uint r1, uint r2, uint r3) =>
        Assert.Equal((r0, r1, r2, r3), Philox.Block((c0, c1, c2, c3), (k0, k1)));

    [Fact]
    public void The_uniform_number_is_made_of_the_first_53_bits()
    {
        Assert.Equal((((ulong)0x6627e8d5 << 21) | (0xe169c58d >> 11)) / Math.Pow(2, 53), Philox.Uniform(0, 0));
        (uint a, uint b, _, _) = Philox.Block((0x9abcdef0, 0x12345678, 0, 0), (0x89abcdef, 0x01234567));
        Assert.Equal((((ulong)a << 21) | (b >> 11)) / Math.Pow(2, 53), Philox.Uniform(0x0123456789abcdef, 0x123456789abcdef0));
    }

    [Fact]
    public void Uniform_numbers_lie_evenly_in_the_half_open_unit_interval()
    {
        var counts = new int[20];
        for (ulong counter = 0; counter < 20000; counter++)
        {
            double uniform = Philox.Uniform(42, counter);
            Assert.InRange(uniform, 0, Math.BitDecrement(1.0));
            counts[(int)(uniform * 20)]++;
        }

        // The 99.9 % point for 19 degrees of freedom.
        Assert.True(counts.Sum(count => (count - 1000.0) * (count - 1000.0) / 1000) < 43.8);
    }
}
