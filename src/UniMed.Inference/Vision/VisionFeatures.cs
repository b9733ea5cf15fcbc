using UniMed.Native;

namespace UniMed.Inference.Vision;

/// <summary>What the vision transformer saw in one image: one token a patch, after ln_vision, class token dropped. Kept per image; every task reads it.</summary>
/// <remarks>Dispose gives the device memory back. Immutable, shared by any number of threads.</remarks>
internal sealed class VisionFeatures(DeviceBuffer buffer, int patches, int channels) : IDisposable
{
    /// <summary>[patches, channels], patches row-major.</summary>
    public Tensor Tokens => buffer.AsTensor(patches, channels);

    public void Dispose() => buffer.Dispose();
}
