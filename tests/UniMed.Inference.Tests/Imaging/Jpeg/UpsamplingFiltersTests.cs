using UniMed.Inference.Imaging.Jpeg;
using Xunit;

namespace UniMed.Inference.Tests.Imaging.Jpeg;

/// <summary>Lengths reach over vectors, their ends, and what remains.</summary>
public class UpsamplingFiltersTests
{
    public static TheoryData<int> Lengths => [.. Enumerable.Range(1, 50)];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Sums_are_three_times_the_near_row_and_once_the_far_one(int length)
    {
        (byte[] near, byte[] far) = Rows(length);
        ushort[] sums = new ushort[length];
        UpsamplingFilters.SumRows(near, far, sums);
        Assert.Equal(near.Zip(far, (n, f) => (ushort)(3 * n + f)), sums);

        byte[] blended = new byte[length];
        UpsamplingFilters.BlendRows(near, far, 2, blended);
        Assert.Equal(near.Zip(far, (n, f) => (byte)((3 * n + f + 2) / 4)), blended);

        UpsamplingFilters.Widen(near, sums);
        Assert.Equal(near.Select(n => (ushort)n), sums);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Doubling_keeps_the_ends_and_leans_to_the_nearer_sample(int length)
    {
        (byte[] row, _) = Rows(length);
        ushort[] padded = [row[0], .. row, row[^1]];
        byte[] doubled = new byte[2 * length];
        UpsamplingFilters.Double(padded, 1, 2, 2, doubled);

        Assert.Equal(row[0], doubled[0]);
        Assert.Equal(row[^1], doubled[^1]);
        for (int i = 0; i < length; i++)
        {
            Assert.Equal((3 * row[i] + row[Math.Max(i - 1, 0)] + 1) / 4, doubled[2 * i]);
            Assert.Equal((3 * row[i] + row[Math.Min(i + 1, length - 1)] + 2) / 4, doubled[2 * i + 1]);
        }
    }

    [Fact]
    public void Repeating_copies_each_sample()
    {
        byte[] result = new byte[6];
        UpsamplingFilters.Repeat([7, 9], 3, result);
        Assert.Equal([7, 7, 7, 9, 9, 9], result);
    }

    private static (byte[] Near, byte[] Far) Rows(int length)
    {
        Random random = new(length);
        byte[] near = new byte[length];
        byte[] far = new byte[length];
        random.NextBytes(near);
        random.NextBytes(far);
        near[^1] = far[^1] = 255;
        return (near, far);
    }
}
