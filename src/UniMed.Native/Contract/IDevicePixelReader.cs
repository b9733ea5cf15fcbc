namespace UniMed.Native;

/// <summary>A device that can read pictures in memory that the host holds on the same card.</summary>
/// <remarks>
/// Reading waits, on the card, for what the host had put into its stream when the call was made. When the call returns, the picture has been read: the host may overwrite or free it in any stream.
/// Thread-safe; other operations may run meanwhile.
/// </remarks>
public interface IDevicePixelReader
{
    /// <summary>False where the device works in a context of its own, and so knows no memory of the host's.</summary>
    bool SharesHostContext { get; }

    /// <summary>The smallest and the largest sample of a 16-bit picture.</summary>
    /// <exception cref="ArgumentException">The picture has other samples, or its memory is not there, of another card, or the host's own.</exception>
    /// <exception cref="InvalidOperationException">The device shares no context with the host, or its stream is being captured.</exception>
    (int Smallest, int Largest) RangeOf(DevicePixels pixels);

    /// <summary>Reads a picture.</summary>
    /// <param name="pixels">The picture.</param>
    /// <param name="how">What becomes of it.</param>
    /// <param name="output">[1, 3 * side * side], channel-first; written.</param>
    /// <returns>False where some of its numbers are not finite; what is written then has no meaning.</returns>
    /// <exception cref="ArgumentException">The preparation does not fit the picture, the output not the side, or the memory is not there, of another card, or the host's own.</exception>
    /// <exception cref="InvalidOperationException">The device shares no context with the host, or its stream is being captured.</exception>
    bool ReadPixels(DevicePixels pixels, PixelPreparation how, Tensor output);
}
