using UniMed.Native.Cuda;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

/// <summary>How the quantized kernels for few tokens are launched on cards of several sizes.</summary>
public sealed class QuantizedNarrowShapeTests
{
    private const int StageBytes = 128, Slices = 8;

    // Bytes of an H200, an A100 and an RTX 4090, of which two blocks share a multiprocessor; a slice of 4096 columns is 8 stages.
    [Theory]
    [InlineData(227, 132, 1, 8, 8)]
    [InlineData(227, 132, 8, 8, 8)]
    [InlineData(227, 132, 32, 32, 2)]
    [InlineData(163, 108, 8, 8, 8)]
    [InlineData(99, 128, 1, 8, 8)]
    [InlineData(99, 128, 8, 8, 4)]
    [InlineData(99, 128, 16, 16, 2)]
    [InlineData(99, 128, 32, 32, 1)]
    public void Activations_of_a_whole_slice_have_room_where_two_blocks_share_a_multiprocessor(int kilobytes, int multiprocessors, int tokens, int kernelTokens, int stages)
    {
        CudaLaunchShape shape = QuantizedNarrowShape.Of(Card(kilobytes, multiprocessors), 256, 4096, tokens, kernelTokens);
        Assert.Equal(Slices * StageBytes * tokens * stages, shape.SharedBytes);
        int sums = Slices * 64 * kernelTokens;
        Assert.InRange(2 * (shape.SharedBytes + sums + 1024), 1, (kilobytes + 1) * 1024);
    }

    // No card of the fatbin has as little. A launch without room for activations would read what nobody wrote.
    [Theory]
    [InlineData(48, 8, 8, 4096, 4)]
    [InlineData(48, 32, 32, 4096, 1)]
    [InlineData(16, 32, 32, 4096, 1)]
    [InlineData(16, 8, 8, 64, 1)]
    public void There_is_room_for_what_the_kernel_brings_together_on_any_card(int kilobytes, int tokens, int kernelTokens, int columns, int stages) =>
        Assert.Equal(Slices * StageBytes * tokens * stages, QuantizedNarrowShape.Of(Card(kilobytes, 10), 256, columns, tokens, kernelTokens).SharedBytes);

    // llama2-7b on an H200: attention's output, q, k and v, gate and up, lm_head; and a matrix of one tile.
    [Theory]
    [InlineData(256, 256)]
    [InlineData(768, 256)]
    [InlineData(1376, 230)]
    [InlineData(2000, 250)]
    [InlineData(1, 1)]
    public void Blocks_have_as_many_tiles_as_each_other_but_for_one(int tiles, int blocks)
    {
        CudaLaunchShape shape = QuantizedNarrowShape.Of(Card(227, 132), tiles, 4096, 1, 8);
        Assert.Equal((1, 256, blocks), (shape.GridX, shape.BlockX, shape.GridY));
    }

    private static CudaDeviceProperties Card(int kilobytes, int multiprocessors) => new()
    {
        Ordinal = 0,
        Name = "a card",
        Major = 9,
        Minor = 0,
        TotalBytes = 1L << 34,
        Multiprocessors = multiprocessors,
        MaxSharedBytesPerBlock = kilobytes * 1024,
        L2CacheBytes = 1 << 25,
        DriverVersion = 12040,
    };
}
