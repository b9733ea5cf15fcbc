using UniMed.Inference.Language;

namespace UniMed.Inference.Scheduling;

/// <summary>The blocks one request may have at a time: as many as it was promised; what it gives up it may take again. Dispose takes the rest of the promise back.</summary>
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
    public void Release(int block)
    {
        // Beams give blocks up and take others with every step.
        if (cache.Release(block) && cache.TryPromise(1))
            _left++;
    }

    public void Dispose()
    {
        cache.ReturnPromise(_left);
        _left = 0;
    }
}
