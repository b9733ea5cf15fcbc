using UniMed.Native.Tests.Expected;
using Xunit;

namespace UniMed.Native.Tests.Devices;

/// <content>Attention over all tokens of each image of a ragged batch.</content>
public abstract partial class DeviceSuite<TFixture>
{
    [Theory]
    [InlineData(1, 1, new[] { 1 })]
    [InlineData(3, 5, new[] { 7 })]
    [InlineData(2, 88, new[] { 17, 5 })]
    [InlineData(4, 9, new[] { 0, 33, 0, 1, 20, 0 })]
    [InlineData(5, 34, new[] { 65, 3 })]
    [InlineData(2, 3, new int[0])]
    public void Attention_equals_the_exact_softmax_weighted_sum(int heads, int headDim, int[] images)
    {
        float[][,] qkv = RandomImages(new Random(21), heads * headDim, images);

        float[][,] output = AttendToImages(heads, headDim, qkv);

        for (int image = 0; image < images.Length; image++)
            AssertClose(ExpectedAttention.Vision(qkv[image], heads), output[image]);
    }

    [Fact]
    public void Large_scores_do_not_overflow()
    {
        float[,] qkv = RandomValues.Matrix(new Random(22), 12, 3 * 20, 40);

        AssertClose(ExpectedAttention.Vision(qkv, 2), AttendToImages(2, 10, [qkv])[0]);
    }

    [Fact]
    public void An_image_gives_the_same_bits_alone_in_company_and_in_any_order()
    {
        float[][,] qkv = RandomImages(new Random(23), 3 * 22, [19, 0, 33, 6]);
        float[][,] together = AttendToImages(3, 22, qkv);

        for (int image = 0; image < qkv.Length; image++)
            Matrices.AssertSameBits(together[image], AttendToImages(3, 22, [qkv[image]])[0]);
        float[][,] reversed = AttendToImages(3, 22, [.. qkv.Reverse()]);
        for (int image = 0; image < qkv.Length; image++)
            Matrices.AssertSameBits(together[image], reversed[qkv.Length - 1 - image]);
    }

    [Fact]
    public void NaN_stays_in_its_image()
    {
        float[][,] qkv = RandomImages(new Random(24), 2 * 11, [9, 14, 5]);
        float[][,] clean = AttendToImages(2, 11, qkv);

        float[][,] output = AttendToImages(2, 11, [qkv[0], qkv[1].WithRow(3, float.NaN), qkv[2]]);

        Matrices.AssertSameBits(clean[0], output[0]);
        Assert.All(output[1].Flat().ToArray(), value => Assert.True(float.IsNaN(value)));
        Matrices.AssertSameBits(clean[2], output[2]);
    }

    [Fact]
    public void NaN_stays_in_its_head()
    {
        float[,] qkv = RandomValues.Matrix(new Random(25), 13, 3 * 21);
        float[,] clean = AttendToImages(3, 7, [qkv])[0];
        qkv[4, 21 + 7] = float.NaN;

        float[,] output = AttendToImages(3, 7, [qkv])[0];

        for (int row = 0; row < 13; row++)
        {
            for (int channel = 0; channel < 21; channel++)
                Assert.Equal(channel / 7 == 1, !output[row, channel].Equals(clean[row, channel]));
        }
    }

    [Fact]
    public void Parallel_callers_get_the_same_bits()
    {
        float[][,] qkv = RandomImages(new Random(26), 4 * 18, [25, 11]);

        AssertParallelCallersAgree(() => Matrices.Stack(AttendToImages(4, 18, qkv)));
    }

    [Fact]
    public void Shapes_and_offsets_that_do_not_fit_are_refused()
    {
        Refused(() => Device.VisionAttention(Any(4, 36), 5, [0, 4], Any(4, 12)));
        Refused(() => Device.VisionAttention(Any(4, 36), 0, [0, 4], Any(4, 12)));
        Refused(() => Device.VisionAttention(Any(4, 36), -3, [0, 4], Any(4, 12)));
        Refused(() => Device.VisionAttention(Any(4, 35), 3, [0, 4], Any(4, 12)));
        Refused(() => Device.VisionAttention(Any(5, 36), 3, [0, 4], Any(4, 12)));
        Refused(() => Device.VisionAttention(Any(4, 36), 3, [], Any(4, 12)));
        Refused(() => Device.VisionAttention(Any(4, 36), 3, [1, 4], Any(4, 12)));
        Refused(() => Device.VisionAttention(Any(4, 36), 3, [0, 3], Any(4, 12)));
        Refused(() => Device.VisionAttention(Any(4, 36), 3, [0, 5], Any(4, 12)));
        Refused(() => Device.VisionAttention(Any(4, 36), 3, [0, 3, 2, 4], Any(4, 12)));
        Refused(() => Device.VisionAttention(Any(4, 36), 3, [0, -1, 4], Any(4, 12)));
    }

    private static float[][,] RandomImages(Random random, int channels, int[] tokens) =>
        [.. tokens.Select(count => RandomValues.Matrix(random, count, 3 * channels, 2))];

    private float[][,] AttendToImages(int heads, int headDim, float[][,] images)
    {
        int[] offsets = [0, .. images.Select((_, i) => images.Take(i + 1).Sum(image => image.GetLength(0)))];
        float[,] joined = images.Length == 0 ? new float[0, 3 * heads * headDim] : Matrices.Stack(images);
        DeviceMatrix output = Output(joined.GetLength(0), heads * headDim);
        Device.VisionAttention(Input(joined), heads, offsets, output.Tensor);
        float[,] rows = output.Read();
        return [.. images.Select((image, i) => rows.Range(offsets[i], image.GetLength(0)))];
    }
}
