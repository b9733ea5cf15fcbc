namespace UniMed.Native.Gpu;

/// <summary>Memory of a card, or a matrix in it. Dispose gives it back once.</summary>
internal interface IGpuMemory : IDisposable
{
    /// <summary>Its bytes; of a matrix what one pass over it reads.</summary>
    long Bytes { get; }
}
