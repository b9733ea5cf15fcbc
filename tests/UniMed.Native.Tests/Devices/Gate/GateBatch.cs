namespace UniMed.Native.Tests.Devices.Gate;

/// <summary>The numbers of an <see cref="AttentionBatch"/>, which no list can hold.</summary>
internal sealed record GateBatch(int[] RowOffsets, int[] StartPositions, int[] BlockTables, int BlocksPerSequence)
{
    public AttentionBatch Batch => new(RowOffsets, StartPositions, BlockTables, BlocksPerSequence);
}
