using System.Runtime.InteropServices;
using UniMed.Native;

namespace UniMed.Inference.Language;

/// <summary>One sequence in the paged cache: its block table and how many positions are cached. Forks share full blocks and copy only a partly filled last one.</summary>
internal sealed class KvSequence
{
    private readonly IKvBlocks _reservation;
    private readonly int _blockSize;
    private readonly List<int> _blocks = [];

    public KvSequence(IKvBlocks reservation, int blockSize)
    {
        _reservation = reservation;
        _blockSize = blockSize;
    }

    /// <summary>A sequence whose first positions are cached already, in full blocks that it takes over with their references.</summary>
    public KvSequence(IKvBlocks reservation, int blockSize, ReadOnlySpan<int> prefix)
        : this(reservation, blockSize)
    {
        _blocks.AddRange(prefix);
        Length = prefix.Length * blockSize;
    }

    /// <summary>Cached positions.</summary>
    public int Length { get; private set; }

    /// <summary>Block table.</summary>
    public ReadOnlySpan<int> Blocks => CollectionsMarshal.AsSpan(_blocks);

    /// <summary>Makes room for further positions and counts them as cached; the next pass must write them.</summary>
    /// <param name="positions">Number of new positions.</param>
    /// <param name="device">Copies a shared last block before it is written.</param>
    /// <param name="cache">The cache.</param>
    public void Extend(int positions, Device device, KvCache cache)
    {
        if (Length % _blockSize != 0 && _reservation.IsShared(_blocks[^1]))
        {
            int shared = _blocks[^1];
            int copy = _reservation.Take();
            device.CopyKvBlocks(cache, [shared], [copy]);
            _blocks[^1] = copy;
            _reservation.Release(shared);
        }

        Length += positions;
        while (_blocks.Count * _blockSize < Length)
            _blocks.Add(_reservation.Take());
    }

    /// <summary>A second sequence with the same past.</summary>
    public KvSequence Fork()
    {
        var fork = new KvSequence(_reservation, _blockSize) { Length = Length };
        foreach (int block in _blocks)
        {
            _reservation.Share(block);
            fork._blocks.Add(block);
        }

        return fork;
    }

    /// <summary>Gives its blocks up.</summary>
    public void Release()
    {
        foreach (int block in _blocks)
            _reservation.Release(block);
        _blocks.Clear();
        Length = 0;
    }
}
