using UniMed.Native.Cuda;

namespace UniMed.GpuBench.Kernels;

/// <summary>
/// Copies of a matrix on the card, so that launches that follow each other each read another: a decode step meets no matrix twice, and one that stays in the second-level cache would flatter a kernel.
/// </summary>
internal sealed class RotatedWeights : IDisposable
{
    private readonly ICudaDriver _driver;
    private readonly List<DevicePointer> _copies = [];
    private readonly DevicePointer _first;

    /// <summary>Copies a matrix.</summary>
    /// <param name="driver">The driver.</param>
    /// <param name="matrix">The matrix, which stays the first.</param>
    /// <param name="count">Matrices in all; fewer where the card has no room.</param>
    /// <param name="stream">Where it is copied.</param>
    public RotatedWeights(ICudaDriver driver, CudaMatrix matrix, int count, CudaStream stream)
    {
        _driver = driver;
        _first = matrix.Pointer;
        // The matrix may still be on its way, in another stream.
        driver.Synchronize();
        try
        {
            while (_copies.Count < count - 1)
            {
                DevicePointer copy = driver.Allocate(matrix.Bytes);
                _copies.Add(copy);
                driver.CopyOnDevice(copy, matrix.Pointer, matrix.Bytes, stream);
            }

            driver.Synchronize(stream);
        }
        catch (CudaOutOfMemoryException)
        {
            driver.Synchronize(stream);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>A launch that takes the matrix, on each of them.</summary>
    public IReadOnlyList<TapedLaunch> Of(TapedLaunch launch) => [launch, .. _copies.Select(copy => launch.With(_first, copy))];

    public void Dispose()
    {
        foreach (DevicePointer copy in _copies)
            _driver.Free(copy);
        _copies.Clear();
    }
}
