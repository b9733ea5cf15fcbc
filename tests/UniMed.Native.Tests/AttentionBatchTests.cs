using Xunit;

namespace UniMed.Native.Tests;

public sealed class AttentionBatchTests
{
    [Fact]
    public void A_batch_counts_its_sequences_and_rows()
    {
        var batch = new AttentionBatch([0, 3, 3, 4], [5, 0, 9], [1, 2, 3, 4, 5, 6], 2);

        Assert.Equal((3, 4, 2), (batch.Sequences, batch.Rows, batch.BlocksPerSequence));
    }

    [Fact]
    public void No_sequences_have_no_rows()
    {
        Assert.Equal(0, new AttentionBatch([0], [], [], 4).Rows);
        Assert.Equal(0, default(AttentionBatch).Rows);
        Assert.Equal(0, default(AttentionBatch).Sequences);
    }

    [Theory]
    [InlineData(new int[0], new int[0], new int[0], 1)]
    [InlineData(new[] { 0 }, new[] { 0 }, new[] { 0 }, 1)]
    [InlineData(new[] { 0, 1, 2 }, new[] { 0 }, new[] { 0 }, 1)]
    [InlineData(new[] { 1, 2 }, new[] { 0 }, new[] { 0 }, 1)]
    [InlineData(new[] { -1, 2 }, new[] { 0 }, new[] { 0 }, 1)]
    [InlineData(new[] { 0, 3, 2 }, new[] { 0, 0 }, new[] { 0, 0 }, 1)]
    [InlineData(new[] { 0, 1 }, new[] { -1 }, new[] { 0 }, 1)]
    [InlineData(new[] { 0, 2 }, new[] { int.MaxValue }, new[] { 0 }, 1)]
    [InlineData(new[] { 0, 1 }, new[] { 0 }, new[] { 0, 1 }, 1)]
    [InlineData(new[] { 0, 1 }, new[] { 0 }, new int[0], 1)]
    [InlineData(new[] { 0 }, new int[0], new int[0], -1)]
    public void Descriptions_that_contradict_themselves_are_refused(int[] rowOffsets, int[] startPositions, int[] blockTables, int blocksPerSequence) =>
        Assert.ThrowsAny<ArgumentException>(() => new AttentionBatch(rowOffsets, startPositions, blockTables, blocksPerSequence).Rows);
}
