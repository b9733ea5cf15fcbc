using UniMed.Native;

namespace UniMed.Inference.Connector;

/// <summary>What the language model sees of one image for one task, and how it was routed. Kept per image and task.</summary>
/// <remarks>Dispose gives the device memory back. Immutable, shared by any number of threads.</remarks>
internal sealed class VisualTokens(DeviceBuffer buffer, int count, int channels, float[]? routing, int experts) : IDisposable
{
    /// <summary>Number of visual tokens.</summary>
    public int Count => count;

    /// <summary>[count, hidden_size].</summary>
    public Tensor Tokens => buffer.AsTensor(count, channels);

    /// <summary>Routing weights [count, experts] row-major; null when the connector has no experts.</summary>
    public float[]? Routing => routing;

    /// <summary>Number of experts; 0 without.</summary>
    public int Experts => experts;

    public void Dispose() => buffer.Dispose();
}
