namespace UniMed.Inference.Language;

/// <summary>Cache blocks for the sequences of one request, shared between them by counting.</summary>
/// <remarks>Used by one request at a time; not thread-safe.</remarks>
internal interface IKvBlocks
{
    /// <summary>Hands out a block with one reference.</summary>
    int Take();

    /// <summary>Adds a reference.</summary>
    void Share(int block);

    /// <summary>True when more than one sequence refers to the block.</summary>
    bool IsShared(int block);

    /// <summary>Drops a reference; with the last one the block is free again.</summary>
    void Release(int block);
}
