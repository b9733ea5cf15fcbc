using UniMed.Native.Cuda;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

/// <summary>How wide products are launched: the choice of blocks for the shapes of the full-size model, and what follows from it.</summary>
public sealed class WideProductTests
{
    private const int H100 = 132;

    [Theory]
    [InlineData("qkv, a prompt: as many blocks as the card holds", 104, 12288, 4096, 128, 1)]
    [InlineData("o_proj, a prompt: too few blocks", 104, 4096, 4096, 128, 4)]
    [InlineData("down_proj, a prompt", 104, 4096, 11008, 128, 4)]
    [InlineData("ViT qkv", 257, 4224, 1408, 96, 1)]
    [InlineData("router", 64, 45056, 5632, 64, 1)]
    [InlineData("a small layer: the sum of parts would cost more", 100, 128, 128, 64, 1)]
    public void Blocks_fit_the_tokens_and_K_is_split_where_blocks_are_few(string layer, int tokens, int rows, int columns, int blockTokens, int splits)
    {
        WideProduct product = WideProduct.Choose(WeightFormat.Plain, tokens, (rows + 15) / 16, columns, H100);

        Assert.True(product == new WideProduct(WeightFormat.Plain, blockTokens, splits), $"{layer}: {product}");
    }

    [Theory]
    [InlineData("qkv, a prompt", WeightFormat.Int8Block32, 104, 12288, 4096, 128, 1)]
    [InlineData("qkv, a prompt", WeightFormat.Int4Block32, 104, 12288, 4096, 128, 1)]
    [InlineData("gate_proj and up_proj, a prompt", WeightFormat.Int8Block32, 104, 22016, 4096, 64, 1)]
    [InlineData("o_proj, a prompt: too few blocks", WeightFormat.Int8Block32, 104, 4096, 4096, 128, 4)]
    [InlineData("o_proj, a prompt: parts cost as much as the product", WeightFormat.Int4Block32, 104, 4096, 4096, 64, 2)]
    [InlineData("down_proj, a prompt", WeightFormat.Int4Block32, 104, 4096, 11008, 128, 4)]
    [InlineData("half of a block of 128 would be nobody's", WeightFormat.Int8Block32, 60, 12288, 4096, 64, 1)]
    public void Blocks_of_quantized_weights_are_chosen_by_the_bytes_of_a_stage(string layer, WeightFormat format, int tokens, int rows, int columns, int blockTokens, int splits)
    {
        WideProduct product = WideProduct.Choose(format, tokens, (rows + 15) / 16, columns, H100);

        Assert.True(product == new WideProduct(format, blockTokens, splits), $"{layer}: {product}");
    }

    [Fact]
    public void Every_part_is_a_slice_or_the_sum_of_the_first_blocks_slices()
    {
        Assert.Equal(0, new WideProduct(WeightFormat.Plain, 64, 1).Parts(4096));
        Assert.Equal(5, new WideProduct(WeightFormat.Plain, 64, 2).Parts(4096));
        Assert.Equal(7, new WideProduct(WeightFormat.Plain, 64, 4).Parts(4096));
        Assert.Equal(8, new WideProduct(WeightFormat.Plain, 64, 8).Parts(4096));
        // Nine stages are five slices of two.
        Assert.Equal(5, new WideProduct(WeightFormat.Plain, 64, 8).Parts(9 * 64));
    }

    [Fact]
    public void Every_block_that_shares_K_has_a_slice()
    {
        for (int columns = 1; columns < 3000; columns += 7)
        {
            WideProduct product = WideProduct.Choose(WeightFormat.Plain, 40, 3, columns, H100);
            int slice = (WideProduct.Stages(columns) + 7) / 8;

            Assert.True(product.Splits == 1 || 8 / product.Splits * slice < WideProduct.Stages(columns), $"{columns} columns: {product}");
        }
    }

    [Fact]
    public void Three_stages_and_all_sums_fit_what_the_smallest_card_gives_a_block()
    {
        foreach (WeightFormat format in Enum.GetValues<WeightFormat>())
        {
            foreach (int tokens in new[] { 64, 96, 128 })
                Assert.InRange(new WideProduct(format, tokens, 1).SharedBytes, Math.Max(3 * tokens * 128, tokens * 132 * 4), 99 * 1024);
        }
    }

    [Fact]
    public void Operands_are_made_for_whole_blocks()
    {
        Assert.Equal(36, new WideProduct(WeightFormat.Plain, 96, 1).TokenTiles(257));
        Assert.Equal(16, new WideProduct(WeightFormat.Plain, 128, 1).TokenTiles(1));
    }
}
