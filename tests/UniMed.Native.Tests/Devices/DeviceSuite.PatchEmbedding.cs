using UniMed.Native.Tests.Expected;
using Xunit;

namespace UniMed.Native.Tests.Devices;

/// <content>Patch convolution with class token and position embedding.</content>
public abstract partial class DeviceSuite<TFixture>
{
    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.F64)]
    public void Tokens_equal_the_exact_convolution(ElementType type)
    {
        var random = new Random(101);
        foreach ((int images, int patch, int grid, int channels) in new[] { (1, 1, 1, 1), (2, 3, 5, 9), (3, 14, 2, 33), (1, 5, 4, 70), (0, 2, 2, 4) })
        {
            PatchWeights stored = RandomWeights(random, patch, grid, channels, type);
            using PatchEmbeddingWeights weights = stored.Load(Device);
            float[,] pixels = RandomValues.Matrix(random, images, 3 * grid * patch * grid * patch, 2);

            Bounded[,] expected = ExpectedVision.PatchEmbedding(
                stored.Weight.Values, stored.Bias.Vector, stored.ClassToken.Vector, stored.Positions.Values, pixels, patch, grid);
            AssertClose(expected, Embed(weights, pixels, grid, channels));
        }
    }

    [Fact]
    public void An_image_gives_the_same_bits_alone_in_company_and_for_parallel_callers()
    {
        var random = new Random(102);
        using PatchEmbeddingWeights weights = RandomWeights(random, 7, 3, 34, ElementType.BF16).Load(Device);
        float[,] pixels = RandomValues.Matrix(random, 5, 3 * 21 * 21);

        AssertRowsAreIndependent(pixels, images => Embed(weights, images, 3, 34).Reshape(images.GetLength(0)));
        AssertParallelCallersAgree(() => Embed(weights, pixels, 3, 34));
    }

    [Fact]
    public void A_NaN_pixel_stays_in_its_patch()
    {
        var random = new Random(103);
        using PatchEmbeddingWeights weights = RandomWeights(random, 4, 3, 10, ElementType.F32).Load(Device);
        float[,] pixels = RandomValues.Matrix(random, 1, 3 * 12 * 12);
        float[,] clean = Embed(weights, pixels, 3, 10);
        pixels[0, (2 * 144) + (7 * 12) + 8] = float.NaN;

        float[,] output = Embed(weights, pixels, 3, 10);

        for (int token = 0; token < 10; token++)
        {
            if (token == 1 + 5)
                Assert.All(output.Rows(token).Flat().ToArray(), value => Assert.True(float.IsNaN(value)));
            else
                Matrices.AssertSameBits(clean.Rows(token), output.Rows(token));
        }
    }

    [Fact]
    public void Shapes_that_do_not_fit_a_patch_embedding_are_refused()
    {
        var random = new Random(104);
        PatchWeights stored = RandomWeights(random, 4, 3, 10, ElementType.F32);
        using PatchEmbeddingWeights weights = stored.Load(Device);
        HostTensor weight = stored.Weight.Tensor;
        HostTensor bias = stored.Bias.Tensor;
        HostTensor positions = stored.Positions.Tensor;

        Refused(() => Device.PatchEmbedding(weights, Any(2, 431), Any(20, 10)));
        Refused(() => Device.PatchEmbedding(weights, Any(2, 432), Any(19, 10)));
        Refused(() => Device.PatchEmbedding(weights, Any(2, 432), Any(20, 9)));
        Refused(() => Device.LoadPatchEmbedding(weight, bias, bias, positions, 5, 3));
        Refused(() => Device.LoadPatchEmbedding(weight, bias, bias, positions, 4, 2));
        Refused(() => Device.LoadPatchEmbedding(weight, bias, bias, positions, -4, 3));
        Refused(() => Device.LoadPatchEmbedding(weight, bias, bias, positions, 4, -3));
        Refused(() => Device.LoadPatchEmbedding(weight, bias, bias, positions, -4, -3));
        Refused(() => Device.LoadPatchEmbedding(weight, bias, bias, positions.SliceColumns(0, 9), 4, 3));
        Refused(() => Device.LoadPatchEmbedding(weight, weight, bias, positions, 4, 3));
        Refused(() => Device.LoadPatchEmbedding(weight, bias, bias.SliceColumns(0, 9), positions, 4, 3));
        Refused(() => Device.LoadPatchEmbedding(weight, bias, bias, new HostTensor(positions.Address, ElementType.I32, 10, 10, 10, positions.Owner), 4, 3));
    }

    private static PatchWeights RandomWeights(Random random, int patch, int grid, int channels, ElementType type) =>
        new(
            new StoredMatrix(random, channels, 3 * patch * patch, type, strided: patch > 1),
            new StoredMatrix(random, 1, channels, type),
            new StoredMatrix(random, 1, channels, type),
            new StoredMatrix(random, 1 + (grid * grid), channels, type, strided: true),
            patch,
            grid);

    private float[,] Embed(PatchEmbeddingWeights weights, float[,] pixels, int grid, int channels)
    {
        DeviceMatrix output = Output(pixels.GetLength(0) * (1 + (grid * grid)), channels);
        Device.PatchEmbedding(weights, Input(pixels), output.Tensor);
        return output.Read();
    }

    private sealed record PatchWeights(StoredMatrix Weight, StoredMatrix Bias, StoredMatrix ClassToken, StoredMatrix Positions, int Patch, int Grid)
    {
        public PatchEmbeddingWeights Load(Device device) =>
            device.LoadPatchEmbedding(Weight.Tensor, Bias.Tensor, ClassToken.Tensor, Positions.Tensor, Patch, Grid);
    }
}
