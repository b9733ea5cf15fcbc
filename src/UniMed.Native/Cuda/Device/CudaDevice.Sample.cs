using System.Runtime.InteropServices;
using UniMed.Native.Reference;

namespace UniMed.Native.Cuda.Device;

/// <summary>Choice of the next token: native/cuda/sampling. Only ids and log-probabilities leave the card.</summary>
internal sealed partial class CudaDevice
{
    private const int SampleThreads = 512;

    /// <inheritdoc/>
    public void Sample(Tensor logits, ReadOnlySpan<SamplingParameters> parameters, ReadOnlySpan<int> history, ReadOnlySpan<int> historyOffsets, Span<SampledToken> result)
    {
        int rows = logits.Rows;
        int vocabulary = logits.Columns;
        if (parameters.Length != rows || result.Length != rows || historyOffsets.Length != rows + 1)
            throw new ArgumentException($"{rows} rows need as many parameters ({parameters.Length}), results ({result.Length}) and one more history offset ({historyOffsets.Length}).");
        Require.Offsets(historyOffsets, history.Length, nameof(historyOffsets));
        DevicePointer from = At(logits);
        if (rows == 0)
            return;
        if (vocabulary == 0)
            throw new ArgumentException("There are no logits to choose from.", nameof(logits));
        var how = new SamplingRow[rows];
        bool draws = false;
        for (int row = 0; row < rows; row++)
        {
            Require.Sampling(parameters[row], history[historyOffsets[row]..historyOffsets[row + 1]], vocabulary, nameof(parameters));
            how[row] = new SamplingRow(parameters[row]);
            draws |= parameters[row].DoSample;
        }

        using CudaMemory rowParameters = Take(rows * (long)Marshal.SizeOf<SamplingRow>());
        Send(rowParameters.Pointer, MemoryMarshal.AsBytes(how.AsSpan()));
        using CudaMemory past = SendIntegers(history);
        using CudaMemory offsets = SendIntegers(historyOffsets);
        using CudaMemory? keys = draws ? Take((long)rows * vocabulary * sizeof(uint)) : null;
        using CudaMemory? weights = draws ? Take((long)rows * vocabulary * sizeof(double)) : null;
        using CudaMemory ids = Take(rows * (long)sizeof(int));
        using CudaMemory logProbabilities = Take(rows * (long)sizeof(float));
        CudaLaunch launch = Begin("sample_tokens", new CudaLaunchShape(rows, SampleThreads, SharedBytes: sizeof(uint) * Blocks(vocabulary, 32)));
        launch.Add(from);
        launch.Add(rowParameters.Pointer);
        launch.Add(past.Pointer);
        launch.Add(offsets.Pointer);
        launch.Add(keys?.Pointer ?? DevicePointer.Null);
        launch.Add(weights?.Pointer ?? DevicePointer.Null);
        launch.Add(ids.Pointer);
        launch.Add(logProbabilities.Pointer);
        launch.Add(vocabulary);
        launch.Run(_stream);

        var chosen = new int[rows];
        var scores = new float[rows];
        _driver.Synchronize(_stream);
        _driver.CopyToHost(MemoryMarshal.AsBytes(chosen.AsSpan()), ids.Pointer);
        _driver.CopyToHost(MemoryMarshal.AsBytes(scores.AsSpan()), logProbabilities.Pointer);
        for (int row = 0; row < rows; row++)
            result[row] = new SampledToken(chosen[row], scores[row]);
    }
}
