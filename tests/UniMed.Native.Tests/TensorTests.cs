using UniMed.Native.Reference;
using Xunit;

namespace UniMed.Native.Tests;

public sealed class TensorTests
{
    private static readonly EmptyBuffer Buffer = new(30);

    [Fact]
    public void Views_keep_their_place_in_the_buffer()
    {
        Tensor tensor = new Tensor(Buffer, 2, 7, 4).Slice(3, 2);

        Assert.Equal((14L, 2, 4, 8L), (tensor.Offset, tensor.Rows, tensor.Columns, tensor.Length));
        Assert.Equal((14L, 1, 8), (tensor.Reshape(1, 8).Offset, tensor.Reshape(1, 8).Rows, tensor.Reshape(1, 8).Columns));
        Assert.Same(Buffer, tensor.Buffer);
        Assert.Equal(new Tensor(Buffer, 0, 5, 6), Buffer.AsTensor(5, 6));
        Assert.Equal(0, new Tensor(Buffer, 30, 0, 9).Length);
    }

    [Theory]
    [InlineData(0, 4, 8)]
    [InlineData(1, 5, 6)]
    [InlineData(31, 0, 0)]
    [InlineData(-1, 1, 1)]
    [InlineData(0, -1, 5)]
    [InlineData(0, 5, -1)]
    [InlineData(0, -2, -3)]
    [InlineData(0, int.MaxValue, int.MaxValue)]
    [InlineData(long.MaxValue, 1, 1)]
    [InlineData(long.MaxValue, int.MaxValue, int.MaxValue)]
    public void Matrices_that_leave_the_buffer_are_refused(long offset, int rows, int columns) =>
        Assert.ThrowsAny<ArgumentException>(() => new Tensor(Buffer, offset, rows, columns));

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(5, 1)]
    [InlineData(1, 5)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public void Slices_that_leave_the_matrix_are_refused(int start, int count) =>
        Assert.ThrowsAny<ArgumentException>(() => Buffer.AsTensor(5, 6).Slice(start, count));

    [Theory]
    [InlineData(6, 6)]
    [InlineData(-5, -6)]
    [InlineData(65536, 65536)]
    public void Reshaping_keeps_the_number_of_elements(int rows, int columns) =>
        Assert.ThrowsAny<ArgumentException>(() => Buffer.AsTensor(5, 6).Reshape(rows, columns));

    [Fact]
    public void Buffers_have_no_negative_length() => Assert.ThrowsAny<ArgumentException>(() => new EmptyBuffer(-1));

    private sealed class EmptyBuffer(long length) : DeviceBuffer(new ReferenceDevice(), length);
}
