namespace UniMed.Inference.Scheduling;

/// <summary>
/// The engine's cache blocks. A block is free, in use by sequences that count their references, or idle: it holds the keys and values of a known prefix, nobody uses it, and it goes
/// when room is needed, the one not used for the longest time first.
/// </summary>
/// <remarks>Belongs to the engine's thread.</remarks>
internal sealed class PrefixCache
{
    private readonly Stack<int> _free;
    private readonly Dictionary<int, int> _references;
    private readonly Dictionary<PrefixKey, int> _blocks = [];
    private readonly Dictionary<int, PrefixKey> _keys = [];
    private readonly LinkedList<int> _idle = [];
    private readonly Dictionary<int, LinkedListNode<int>> _idleNodes = [];
    private int _promised;

    /// <summary>Takes blocks over.</summary>
    public PrefixCache(IReadOnlyList<int> blocks)
    {
        Blocks = blocks.Count;
        _free = new Stack<int>(blocks.Count);
        for (int i = blocks.Count - 1; i >= 0; i--)
            _free.Push(blocks[i]);
        _references = new Dictionary<int, int>(blocks.Count);
    }

    /// <summary>Number of blocks.</summary>
    public int Blocks { get; private set; }

    /// <summary>Blocks that may still be promised.</summary>
    public int Available => _free.Count + _idle.Count - _promised;

    /// <summary>Blocks that hold a known prefix.</summary>
    public int Known => _keys.Count;

    /// <summary>How many of these blocks, from the first on, are known.</summary>
    /// <param name="keys">Keys of a prompt's blocks.</param>
    /// <param name="idle">How many of those nobody uses now.</param>
    public int CountKnown(ReadOnlySpan<PrefixKey> keys, out int idle)
    {
        idle = 0;
        int known = 0;
        while (known < keys.Length && _blocks.TryGetValue(keys[known], out int block))
        {
            idle += _idleNodes.ContainsKey(block) ? 1 : 0;
            known++;
        }

        return known;
    }

    /// <summary>Takes a reference to each of these known blocks.</summary>
    public int[] Reuse(ReadOnlySpan<PrefixKey> keys)
    {
        var blocks = new int[keys.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            blocks[i] = _blocks[keys[i]];
            if (_idleNodes.Remove(blocks[i], out LinkedListNode<int>? node))
                _idle.Remove(node);
            _references[blocks[i]] = _references.GetValueOrDefault(blocks[i]) + 1;
        }

        return blocks;
    }

    /// <summary>Sets blocks aside for a request, so that it cannot run out half way. False when there are not so many.</summary>
    public bool TryPromise(int count)
    {
        if (count > Available)
            return false;
        _promised += count;
        return true;
    }

    /// <summary>Takes further blocks over.</summary>
    public void Add(IReadOnlyCollection<int> blocks)
    {
        Blocks += blocks.Count;
        foreach (int block in blocks)
            _free.Push(block);
    }

    /// <summary>Takes a promise back that was not used up.</summary>
    public void ReturnPromise(int count) => _promised -= count;

    /// <summary>A block out of a promise, with one reference; a known prefix goes for it when no block is free.</summary>
    public int TakePromised()
    {
        _promised--;
        if (!_free.TryPop(out int block))
        {
            block = _idle.First!.Value;
            _idle.RemoveFirst();
            _idleNodes.Remove(block);
            if (_keys.Remove(block, out PrefixKey? key))
                _blocks.Remove(key);
        }

        _references[block] = 1;
        return block;
    }

    /// <summary>Adds a reference.</summary>
    public void Share(int block) => _references[block]++;

    /// <summary>True when more than one sequence, or a known prefix, refers to the block.</summary>
    public bool IsShared(int block) => _references[block] > 1 || _keys.ContainsKey(block);

    /// <summary>Drops a reference. The last one leaves a known block idle and any other free.</summary>
    /// <returns>True when the block is free now.</returns>
    public bool Release(int block)
    {
        if (--_references[block] > 0)
            return false;
        _references.Remove(block);
        if (_keys.ContainsKey(block))
        {
            _idleNodes[block] = _idle.AddLast(block);
            return false;
        }

        _free.Push(block);
        return true;
    }

    /// <summary>Makes a block known that a sequence has filled. Nothing when the prefix is known already: then both copies hold the same bits.</summary>
    public void Publish(int block, PrefixKey key)
    {
        if (!_keys.ContainsKey(block) && _blocks.TryAdd(key, block))
            _keys[block] = key;
    }

    /// <summary>Forgets all prefixes; idle blocks are free.</summary>
    public void Forget()
    {
        foreach (int block in _idle)
            _free.Push(block);
        _idle.Clear();
        _idleNodes.Clear();
        _blocks.Clear();
        _keys.Clear();
    }
}
