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

    /// <summary>Visual tokens of all images side by side; of one image its own.</summary>
    /// <returns>Null without images; a buffer to dispose where one was needed.</returns>
    public static (Tensor? Tokens, DeviceBuffer? Buffer) Join(Device device, IReadOnlyList<VisualTokens> images)
    {
        if (images.Count == 0)
            return (null, null);
        if (images.Count == 1)
            return (images[0].Tokens, null);
        int columns = images[0].Tokens.Columns;
        int rows = images.Sum(image => image.Count);
        DeviceBuffer joined = device.Allocate((long)rows * columns);
        Tensor tokens = joined.AsTensor(rows, columns);
        int at = 0;
        foreach (VisualTokens image in images)
        {
            device.Copy(image.Tokens, tokens.Slice(at, image.Count));
            at += image.Count;
        }

        return (tokens, joined);
    }

    public void Dispose() => buffer.Dispose();
}
