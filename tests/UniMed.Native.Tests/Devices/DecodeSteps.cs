namespace UniMed.Native.Tests.Devices;

/// <summary>Decode steps of a few sequences that grow by a token each time, in a cache of their own.</summary>
public sealed class DecodeSteps : IDisposable
{
    private readonly DecodeLayer _layer;
    private readonly KvCache _cache;
    private readonly int[] _ids;
    private readonly int[] _rowOffsets;
    private readonly int[] _rows;
    private readonly int[] _positions;
    private readonly int[] _tables;
    private readonly int _mostBlocks;

    public DecodeSteps(DecodeLayer layer, int sequences, int positions)
    {
        _layer = layer;
        _mostBlocks = (positions + layer.BlockSize - 1) / layer.BlockSize;
        _cache = layer.CreateCache(sequences * _mostBlocks);
        _ids = new int[sequences];
        _rowOffsets = [.. Enumerable.Range(0, sequences + 1)];
        _rows = [.. Enumerable.Range(0, sequences).Reverse()];
        _positions = new int[sequences];
        _tables = new int[sequences * _mostBlocks];
    }

    public int Position { get; private set; }

    /// <summary>Goes back: positions from here on are written again.</summary>
    public void Rewind(int position) => Position = position;

    /// <summary>The next position of every sequence, with other tokens each time; in a step, or one operation after the other.</summary>
    public void Advance(DeviceStep? step)
    {
        for (int s = 0; s < _ids.Length; s++)
        {
            _ids[s] = ((Position * 7) + (s * 5)) % DecodeLayer.Vocabulary;
            _positions[s] = Position;
        }

        if (step is null)
            Operations();
        else
            step.Run(this, static steps => steps.Operations());
        Position++;
    }

    public float[] Read() => _layer.Read(_ids.Length);

    public void Dispose() => _cache.Dispose();

    private void Operations()
    {
        // Only as many blocks as the sequences have reached: the table gets wider.
        int width = (Position / _layer.BlockSize) + 1;
        Span<int> tables = _tables.AsSpan(0, _ids.Length * width);
        for (int i = 0; i < tables.Length; i++)
            tables[i] = (i % width * _ids.Length) + (i / width);
        _layer.Run(_ids, _rows, new AttentionBatch(_rowOffsets, _positions, tables, width), _cache);
    }
}
