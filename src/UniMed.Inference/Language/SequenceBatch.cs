using UniMed.Native;

namespace UniMed.Inference.Language;

/// <summary>Host arrays behind an <see cref="AttentionBatch"/>: extends each sequence by its rows and lays the block tables out.</summary>
internal sealed class SequenceBatch
{
    private readonly int[] _rowOffsets;
    private readonly int[] _startPositions;
    private readonly int[] _blockTables;
    private readonly int _blocksPerSequence;

    /// <summary>Extends every sequence and describes the pass that will write the new positions.</summary>
    /// <param name="sequences">Sequences of the pass.</param>
    /// <param name="rows">New rows of each.</param>
    /// <param name="device">For copying shared blocks.</param>
    /// <param name="cache">The cache.</param>
    public SequenceBatch(IReadOnlyList<KvSequence> sequences, IReadOnlyList<int> rows, IDevice device, KvCache cache)
    {
        _rowOffsets = new int[sequences.Count + 1];
        _startPositions = new int[sequences.Count];
        for (int s = 0; s < sequences.Count; s++)
        {
            _rowOffsets[s + 1] = _rowOffsets[s] + rows[s];
            _startPositions[s] = sequences[s].Length;
            sequences[s].Extend(rows[s], device, cache);
        }

        _blocksPerSequence = sequences.Count == 0 ? 0 : sequences.Max(sequence => sequence.Blocks.Count);
        _blockTables = new int[sequences.Count * _blocksPerSequence];
        for (int s = 0; s < sequences.Count; s++)
        {
            for (int b = 0; b < sequences[s].Blocks.Count; b++)
                _blockTables[(s * _blocksPerSequence) + b] = sequences[s].Blocks[b];
        }
    }

    /// <summary>The batch as operations take it.</summary>
    public AttentionBatch Attention => new(_rowOffsets, _startPositions, _blockTables, _blocksPerSequence);

    /// <summary>The last row of each sequence.</summary>
    public int[] LastRows => [.. _rowOffsets.Skip(1).Select(offset => offset - 1)];
}
