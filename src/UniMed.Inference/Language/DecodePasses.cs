using System.Numerics;
using UniMed.Native;

namespace UniMed.Inference.Language;

/// <summary>Passes for decode steps, kept between requests with their scratch memory and what the device recorded of them.</summary>
/// <remarks>Thread-safe. Dispose it when no request runs.</remarks>
internal sealed class DecodePasses(Device device, LanguageModel model, KvCache cache) : IDisposable
{
    /// <summary>Passes that wait for a request at most; more are given back to the device.</summary>
    public const int MaxKept = 4;

    private readonly Lock _gate = new();
    private readonly List<(int Rows, LanguagePass Pass)> _kept = [];
    private bool _disposed;

    /// <summary>Lends a pass to one request.</summary>
    /// <param name="rows">Most sequences of a step.</param>
    public Lease Rent(int rows)
    {
        int capacity = checked((int)BitOperations.RoundUpToPowerOf2((uint)rows));
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            int index = _kept.FindLastIndex(kept => kept.Rows == capacity);
            if (index >= 0)
            {
                LanguagePass pass = _kept[index].Pass;
                _kept.RemoveAt(index);
                return new Lease(this, pass, capacity);
            }
        }

        return new Lease(this, new LanguagePass(device, model, cache, capacity, capacity), capacity);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach ((_, LanguagePass pass) in _kept)
                pass.Dispose();
            _kept.Clear();
        }
    }

    private void TakeBack(LanguagePass pass, int rows)
    {
        LanguagePass? leaves = pass;
        lock (_gate)
        {
            if (!_disposed)
            {
                _kept.Add((rows, pass));
                leaves = _kept.Count > MaxKept ? _kept[0].Pass : null;
                if (leaves is not null)
                    _kept.RemoveAt(0);
            }
        }

        leaves?.Dispose();
    }

    /// <summary>A pass on loan; Dispose hands it back.</summary>
    public readonly struct Lease(DecodePasses owner, LanguagePass pass, int rows) : IDisposable
    {
        /// <summary>The pass.</summary>
        public LanguagePass Pass => pass;

        public void Dispose() => owner.TakeBack(pass, rows);
    }
}
