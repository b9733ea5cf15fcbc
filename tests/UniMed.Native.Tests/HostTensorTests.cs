using Xunit;

namespace UniMed.Native.Tests;

public sealed class HostTensorTests
{
    private static readonly HostTensor Counting = HostTensor.FromArray([.. Enumerable.Range(0, 20).Select(i => (float)i)], 4, 5);

    [Fact]
    public void An_array_is_copied_and_read_row_by_row()
    {
        float[] values = [1, 2, 3, 4, 5, 6];
        HostTensor tensor = HostTensor.FromArray(values, 2, 3);
        values[0] = 99;
        var row = new float[4];

        tensor.CopyRowTo(1, row);

        Assert.Equal([4, 5, 6, 0], row);
        Assert.Equal([1, 2, 3, 4, 5, 6], tensor.ToSingleArray());
        Assert.Equal(6, tensor.Length);
        Assert.NotNull(tensor.Owner);
    }

    [Fact]
    public void The_owner_keeps_the_memory_alive()
    {
        HostTensor tensor = HostTensor.FromArray([.. Enumerable.Range(0, 100000).Select(i => (float)i)], 100, 1000);
        GC.Collect();
        GC.WaitForPendingFinalizers();

        Assert.Equal(99999, tensor.ToSingleArray()[^1]);
    }

    [Fact]
    public void Slices_are_views_with_the_same_stride()
    {
        HostTensor inner = Counting.SliceColumns(1, 3).SliceRows(1, 2);

        Assert.Equal([6, 7, 8, 11, 12, 13], inner.ToSingleArray());
        Assert.Equal(5, inner.RowStride);
        Assert.Equal(Counting.Address + (6 * sizeof(float)), inner.Address);
        Assert.Same(Counting.Owner, inner.Owner);
        Assert.Empty(Counting.SliceRows(4, 0).ToSingleArray());
        Assert.Empty(Counting.SliceColumns(5, 0).ToSingleArray());
    }

    [Fact]
    public void Rows_that_touch_may_be_reshaped()
    {
        Assert.Equal([10f, 11, 12, 13, 14, 15, 16, 17, 18, 19], Counting.Reshape(2, 10).SliceRows(1, 1).ToSingleArray());
        Assert.Equal([1f, 2, 3], Counting.SliceColumns(1, 3).SliceRows(0, 1).Reshape(3, 1).ToSingleArray());
        Assert.ThrowsAny<ArgumentException>(() => Counting.Reshape(3, 7));
        Assert.ThrowsAny<ArgumentException>(() => Counting.Reshape(-4, -5));
        Assert.ThrowsAny<ArgumentException>(() => Counting.SliceColumns(0, 4).Reshape(2, 8));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(5, 1)]
    [InlineData(1, 5)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public void Slices_that_leave_the_matrix_are_refused(int start, int count)
    {
        Assert.ThrowsAny<ArgumentException>(() => Counting.SliceColumns(start, count));
        Assert.ThrowsAny<ArgumentException>(() => Counting.SliceRows(start, count));
    }

    [Theory]
    [InlineData(-1, 3, 3)]
    [InlineData(2, -1, 3)]
    [InlineData(2, 3, 2)]
    public void Impossible_sizes_are_refused(int rows, int columns, long stride) =>
        Assert.ThrowsAny<ArgumentException>(() => new HostTensor(0, ElementType.F32, rows, columns, stride, null));

    [Fact]
    public void Rows_and_destinations_that_do_not_fit_are_refused()
    {
        Assert.ThrowsAny<ArgumentException>(() => Counting.CopyRowTo(-1, new float[5]));
        Assert.ThrowsAny<ArgumentException>(() => Counting.CopyRowTo(4, new float[5]));
        Assert.ThrowsAny<ArgumentException>(() => Counting.CopyRowTo(0, new float[4]));
        Assert.ThrowsAny<ArgumentException>(() => HostTensor.FromArray(new float[5], 2, 3));
        Assert.ThrowsAny<ArgumentException>(() => HostTensor.FromArray(null!, 2, 3));
        Assert.Throws<NotSupportedException>(() => new HostTensor(Counting.Address, ElementType.I32, 4, 5, 5, Counting.Owner).ToSingleArray());
    }

    [Theory]
    [InlineData(WeightFormat.Int8Block32)]
    [InlineData(WeightFormat.Int4Block32)]
    public void A_quantized_matrix_is_sliced_between_blocks_and_never_reshaped(WeightFormat format)
    {
        var random = new Random(1);
        HostTensor whole = HostTensor.FromArray([.. Enumerable.Range(0, 6 * 80).Select(_ => random.NextSingle() - 0.5f)], 6, 80);
        HostTensor quantized = BlockQuantization.Quantize(format, whole);
        float[] numbers = quantized.ToSingleArray();

        Assert.Equal((6, 80, 3), (quantized.Rows, quantized.Columns, quantized.Scales.Columns));
        Assert.Equal(Slice(numbers, 2, 3, 32, 48), quantized.SliceRows(2, 3).SliceColumns(32, 48).ToSingleArray());
        Assert.Equal(Slice(numbers, 5, 1, 32, 32), quantized.SliceColumns(32, 32).SliceRows(5, 1).ToSingleArray());
        Assert.Empty(quantized.SliceColumns(80, 0).ToSingleArray());
        Assert.Empty(quantized.SliceRows(6, 0).ToSingleArray());
        Assert.Equal(6 * ((format == WeightFormat.Int8Block32 ? 80 : 48) + (3 * 2)), quantized.ByteLength);
        Assert.Throws<ArgumentException>(() => quantized.SliceColumns(16, 32));
        Assert.Throws<ArgumentException>(() => quantized.SliceColumns(0, 48));
        Assert.Throws<ArgumentException>(() => quantized.Reshape(6, 80));
        Assert.Throws<ArgumentException>(() => quantized.CopyRowTo(0, new float[79]));
        Assert.True(quantized.IsWeight);
        Assert.Throws<InvalidOperationException>(() => whole.Scales);
    }

    [Fact]
    public void Values_and_scales_that_do_not_fit_each_other_are_refused()
    {
        HostTensor Plain(ElementType type, int rows, int columns) => new(Counting.Address, type, rows, columns, columns, null);
        Assert.Equal(70, HostTensor.Quantized(WeightFormat.Int8Block32, Plain(ElementType.I8, 1, 70), Plain(ElementType.F16, 1, 3), 70).Columns);
        Assert.Throws<ArgumentException>(() => HostTensor.Quantized(WeightFormat.Int8Block32, Plain(ElementType.U8, 1, 70), Plain(ElementType.F16, 1, 3), 70));
        Assert.Throws<ArgumentException>(() => HostTensor.Quantized(WeightFormat.Int8Block32, Plain(ElementType.I8, 1, 70), Plain(ElementType.F16, 1, 2), 70));
        Assert.Throws<ArgumentException>(() => HostTensor.Quantized(WeightFormat.Int8Block32, Plain(ElementType.I8, 1, 70), Plain(ElementType.F16, 2, 3), 70));
        Assert.Throws<ArgumentException>(() => HostTensor.Quantized(WeightFormat.Int8Block32, Plain(ElementType.I8, 1, 70), Plain(ElementType.BF16, 1, 3), 70));
        Assert.Throws<ArgumentException>(() => HostTensor.Quantized(WeightFormat.Int4Block32, Plain(ElementType.U8, 1, 35), Plain(ElementType.F16, 1, 3), 70));
        Assert.ThrowsAny<ArgumentException>(() => HostTensor.Quantized(WeightFormat.Plain, Plain(ElementType.F16, 1, 3), Plain(ElementType.F16, 1, 3), 3));
        Assert.ThrowsAny<ArgumentException>(() => HostTensor.Quantized(WeightFormat.Int8Block32, Plain(ElementType.I8, 1, 3), Plain(ElementType.F16, 1, 1), -3));
    }

    private static IEnumerable<float> Slice(float[] matrix, int row, int rows, int column, int columns) =>
        Enumerable.Range(row, rows).SelectMany(r => matrix.AsSpan((r * 80) + column, columns).ToArray());
}
