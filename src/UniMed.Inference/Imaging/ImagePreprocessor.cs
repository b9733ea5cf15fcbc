using System.Runtime.CompilerServices;
using UniMed.Inference.Imaging;
using UniMed.Native;

namespace UniMed.Inference;

/// <summary>Turns a picture into the vision encoder's input (docs/uni-med.md, section 2). Immutable and thread-safe.</summary>
/// <remarks>
/// The authors' processor: Pillow's bicubic resize to a square, the aspect ratio not kept; torchvision's <c>ToTensor</c>, x / 255;
/// <c>Normalize</c>, minus mean, divided by standard deviation; all in fp32, so equal bytes give equal floats.
/// </remarks>
public sealed class ImagePreprocessor
{
    private const int Channels = 3;
    private const int Levels = 256;
    private const int MaxImageSize = 4096;

    private readonly int _imageSize;
    private readonly float[] _normalized;

    /// <summary>Creates the processor.</summary>
    /// <param name="config">Filter, mean and standard deviation, from the model's config.json.</param>
    /// <param name="imageSize">Side of the square input in pixels, 1 to 4096.</param>
    /// <exception cref="UniMedException">The configuration names another filter than bicubic, or has not three finite means and three
    /// finite, non-zero deviations.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="imageSize"/> is out of range.</exception>
    public ImagePreprocessor(PreprocessConfig config, int imageSize)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentOutOfRangeException.ThrowIfLessThan(imageSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(imageSize, MaxImageSize);
        if (config.Resample != "bicubic")
        {
            throw new UniMedException(
                UniMedFailure.ModelFiles,
                $"The model's preprocessing asks for the filter \"{config.Resample}\"; only \"bicubic\" is known. Check config.json.");
        }

        RequireChannels(config.Mean, "mean", zeroAllowed: true);
        RequireChannels(config.Std, "std", zeroAllowed: false);

        _imageSize = imageSize;
        _normalized = new float[Channels * Levels];
        for (int i = 0; i < _normalized.Length; i++)
        {
            int channel = i / Levels;
            float scaled = i % Levels / 255f;
            _normalized[i] = (scaled - config.Mean[channel]) / config.Std[channel];
        }
    }

    /// <summary>The normalized pixels of a picture.</summary>
    /// <param name="image">A picture of any size.</param>
    /// <returns>[3, S, S], channel-first (red, green, blue), row-major, S the image size.</returns>
    /// <exception cref="ImageException">The picture was read from device memory, so its bytes are not here.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public float[] ToPixels(MedicalImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.IsOnDevice)
            throw new ImageException("The picture was read from device memory when it was opened, and the device has lost what it made of it. Open it again.");
        byte[] rgb = BicubicResize.Resize(image.Rgb, image.Width, image.Height, _imageSize, _imageSize);
        int area = _imageSize * _imageSize;
        float[] pixels = new float[Channels * area];
        for (int channel = 0; channel < Channels; channel++)
        {
            ReadOnlySpan<float> normalized = _normalized.AsSpan(channel * Levels, Levels);
            Span<float> plane = pixels.AsSpan(channel * area, area);
            for (int i = 0; i < plane.Length; i++)
                plane[i] = normalized[rgb[i * Channels + channel]];
        }

        return pixels;
    }

    /// <summary>How a device makes the same of a picture in its memory.</summary>
    /// <param name="pixels">The picture.</param>
    /// <param name="levels">The byte of each 16-bit sample; empty for a picture of other samples.</param>
    internal PixelPreparation PrepareFor(DevicePixels pixels, byte[] levels) => new()
    {
        Side = _imageSize,
        Levels = levels,
        Normalized = _normalized,
        Horizontal = pixels.Width == _imageSize ? null : new ResampleCoefficients(pixels.Width, _imageSize).ToPass(),
        Vertical = pixels.Height == _imageSize ? null : new ResampleCoefficients(pixels.Height, _imageSize).ToPass(),
        IsVerticalFirst = BicubicResize.IsVerticalFirst(pixels.Width, pixels.Height, _imageSize, _imageSize),
    };

    private static void RequireChannels(IReadOnlyList<float> values, string name, bool zeroAllowed)
    {
        if (values is not { Count: Channels } || values.Any(value => !float.IsFinite(value) || (!zeroAllowed && value == 0)))
        {
            throw new UniMedException(
                UniMedFailure.ModelFiles,
                $"The model's preprocessing {name} is [{string.Join(", ", values ?? [])}]; "
                + $"expected three finite{(zeroAllowed ? "" : ", non-zero")} numbers. Check config.json.");
        }
    }
}
