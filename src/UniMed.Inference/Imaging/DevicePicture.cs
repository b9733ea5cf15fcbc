using UniMed.Native;

namespace UniMed.Inference.Imaging;

/// <summary>A picture in device memory, and how its gray samples become bytes: what <see cref="MedicalImage"/> is of one in host memory.</summary>
/// <param name="Pixels">Where it is.</param>
/// <param name="Windowing">The window of 16-bit gray; null takes the range of its samples.</param>
/// <param name="Monochrome1">Whether small samples are white.</param>
internal sealed record DevicePicture(DevicePixels Pixels, Windowing? Windowing, bool Monochrome1)
{
    private bool IsGray => Pixels.Format is DevicePixelFormat.Gray16 or DevicePixelFormat.SignedGray16;

    /// <summary>Writes its normalized pixels, and returns when the memory has been read.</summary>
    /// <param name="preprocessor">What the model asks for.</param>
    /// <param name="reader">The device whose memory it lies in.</param>
    /// <param name="output">[1, 3 * side * side] on that device.</param>
    /// <exception cref="ImageException">A window or MONOCHROME1 is asked of a colour picture, its memory is not there, or a number is not finite.</exception>
    public void Read(ImagePreprocessor preprocessor, IDevicePixelReader reader, Tensor output)
    {
        if (!IsGray && (Windowing is not null || Monochrome1))
        {
            throw new ImageException(
                $"{Pixels}: this is a colour picture, and {(Windowing is null ? "MONOCHROME1 is" : "a window is")} for gray ones. Leave {(Windowing is null ? "monochrome1" : "windowing")} out for it.");
        }

        try
        {
            if (!reader.ReadPixels(Pixels, preprocessor.PrepareFor(Pixels, IsGray ? Levels(reader) : []), output))
                throw new ImageException($"{Pixels}: some of its samples are not finite numbers. Give them a value, and open the picture again.");
        }
        catch (ArgumentException error)
        {
            throw new ImageException(error.Message, error);
        }
    }

    private byte[] Levels(IDevicePixelReader reader)
    {
        Windowing window = Windowing ?? FullRange(reader.RangeOf(Pixels));
        return Pixels.Format == DevicePixelFormat.SignedGray16
            ? GrayRendering.Levels16<short>(window, Monochrome1)
            : GrayRendering.Levels16<ushort>(window, Monochrome1);
    }

    private static Windowing FullRange((int Smallest, int Largest) range) => Windowing.FullRange(range.Smallest, range.Largest);
}
