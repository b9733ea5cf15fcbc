using UniMed.Inference.Language;

namespace UniMed.Inference.Scheduling;

/// <summary>The blocks one request of the engine may take: as many as it was promised. Dispose takes the rest of the promise back.</summary>
internal sealed class PromisedBlocks(PrefixCache cache, int promised) : IKvBlocks, IDisposable
{
    private int _left = promised;

    /// <inheritdoc/>
    public int Take()
    {
        if (_left == 0)
            throw new InvalidOperationException("The request takes more cache blocks than it was promised.");
        _left--;
        return cache.TakePromised();
    }

    /// <inheritdoc/>
    public void Share(int block) => cache.Share(block);

    /// <inheritdoc/>
    public bool IsShared(int block) => cache.IsShared(block);

    /// <inheritdoc/>
    public void Release(int block) => cache.Release(block);

    public void Dispose()
    {
        cache.ReturnPromise(_left);
        _left = 0;
    }
}
