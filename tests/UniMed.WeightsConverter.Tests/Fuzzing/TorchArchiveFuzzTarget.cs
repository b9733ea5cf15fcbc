using UniMed.WeightsConverter.Bytes;
using UniMed.WeightsConverter.Torch;

namespace UniMed.WeightsConverter.Tests.Fuzzing;

/// <summary>Reads any bytes as a PyTorch archive, tensors included. A <see cref="ConversionException"/> is the expected answer to a bad one; every other exception is a defect.</summary>
internal sealed class TorchArchiveFuzzTarget
{
    private const int MaxTensors = 64;
    private const long MaxBytes = 1 << 20;

    /// <summary>Runs one input; returns whether it was read or refused.</summary>
    /// <param name="input">The bytes of a file.</param>
    public void Run(ReadOnlySpan<byte> input)
    {
        try
        {
            using TorchArchive archive = TorchArchive.Open(new MemoryByteSource("input", input.ToArray()));
            foreach (TensorView view in StateDict.Read(archive).Tensors.Values.Take(MaxTensors))
            {
                if (view.Count <= MaxBytes / view.Type.Size())
                    view.Read(0, new byte[view.Count * view.Type.Size()]);
            }
        }
        catch (ConversionException)
        {
            // Refused with a sentence, as a bad file should be.
        }
    }
}
