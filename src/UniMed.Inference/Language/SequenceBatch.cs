using UniMed.Native;

namespace UniMed.Inference.Language;

/// <summary>Host arrays behind an <see cref="AttentionBatch"/>: extends each sequence by its rows and lays the block tables out. Set again and again it allocates nothing.</summary>
internal sealed class SequenceBatch
{
    private int[] _rowOffsets = [0];
    private int[] _startPositions = [];
    private int[] _blockTables = [];
    private int _sequences;
    private int _blocksPerSequence;

    /// <summary>The batch as operations take it.</summary>
    public AttentionBatch Attention =>
        new(RowOffsets, _startPositions.AsSpan(0, _sequences), _blockTables.AsSpan(0, _sequences * _blocksPerSequence), _blocksPerSequence);

    /// <summary>Row range of each sequence.</summary>
    public ReadOnlySpan<int> RowOffsets => _rowOffsets.AsSpan(0, _sequences + 1);

    /// <summary>Number of rows.</summary>
    public int Rows => _rowOffsets[_sequences];

    /// <summary>Extends every sequence and describes the pass that will write the new positions.</summary>
    /// <param name="inputs">Sequences of the pass and their new rows.</param>
    /// <param name="device">For copying shared blocks.</param>
    /// <param name="cache">The cache.</param>
    public void Set(ReadOnlySpan<SequenceInput> inputs, Device device, KvCache cache)
    {
        _sequences = inputs.Length;
        Grow(ref _rowOffsets, inputs.Length + 1);
        Grow(ref _startPositions, inputs.Length);
        _blocksPerSequence = 0;
        for (int s = 0; s < inputs.Length; s++)
        {
            KvSequence sequence = inputs[s].Sequence;
            int rows = inputs[s].Ids.Length;
            _rowOffsets[s + 1] = _rowOffsets[s] + rows;
            _startPositions[s] = sequence.Length;
            sequence.Extend(rows, device, cache);
            _blocksPerSequence = Math.Max(_blocksPerSequence, sequence.Blocks.Length);
        }

        Grow(ref _blockTables, checked(inputs.Length * _blocksPerSequence));
        for (int s = 0; s < inputs.Length; s++)
        {
            Span<int> table = _blockTables.AsSpan(s * _blocksPerSequence, _blocksPerSequence);
            ReadOnlySpan<int> blocks = inputs[s].Sequence.Blocks;
            blocks.CopyTo(table);
            table[blocks.Length..].Clear();
        }
    }

    private static void Grow(ref int[] array, int length)
    {
        if (array.Length < length)
            Array.Resize(ref array, Math.Max(length, array.Length * 2));
    }
}
