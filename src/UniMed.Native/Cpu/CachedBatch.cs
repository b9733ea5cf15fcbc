using UniMed.Native.Host;

namespace UniMed.Native.Cpu;

/// <summary>A batch and a layer of the cache by address: what units of work see of them.</summary>
internal readonly unsafe struct CachedBatch
{
    private readonly float* _layer;
    private readonly long _blockLength;
    private readonly int _blockSize;
    private readonly int* _tables;
    private readonly int _tableWidth;

    /// <summary>The batch has been checked against the cache, and the addresses stay pinned.</summary>
    public CachedBatch(HostKvCache cache, int layer, int* rowOffsets, int* starts, int* tables, AttentionBatch batch)
    {
        _layer = cache.Block(layer, 0);
        _blockLength = cache.BlockLength;
        _blockSize = cache.BlockSize;
        _tables = tables;
        _tableWidth = batch.BlocksPerSequence;
        RowOffsets = rowOffsets;
        Starts = starts;
        Sequences = batch.Sequences;
        Rows = batch.Rows;
        RowLength = cache.RowLength;
    }

    public int* RowOffsets { get; }

    public int* Starts { get; }

    public int Sequences { get; }

    public int Rows { get; }

    /// <summary>Numbers from one position to the next.</summary>
    public int RowLength { get; }

    /// <summary>Key (head in 0..kvHeads - 1) or value (head + kvHeads) of a position; positions behind it lie one after another up to the end of its block.</summary>
    /// <param name="sequence">Sequence of the batch.</param>
    /// <param name="position">Position in it.</param>
    /// <param name="head">Key head, or value head behind all key heads.</param>
    /// <param name="following">Positions that lie in a row from here, this one counted.</param>
    public float* At(int sequence, int position, int head, out int following)
    {
        int slot = position % _blockSize;
        following = _blockSize - slot;
        int block = _tables[((nint)sequence * _tableWidth) + (position / _blockSize)];
        return _layer + (block * _blockLength) + ((((long)head * _blockSize) + slot) * RowLength);
    }
}
