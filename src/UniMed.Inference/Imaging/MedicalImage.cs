using System.Buffers.Binary;
using System.Security.Cryptography;
using UniMed.Inference.Imaging;
using UniMed.Native;

namespace UniMed.Inference;

/// <summary>A picture as the model sees it before resizing: 8-bit RGB. Immutable and thread-safe.</summary>
/// <remarks>
/// Files are decoded to the bytes of Pillow's <c>Image.open(path).convert("RGB")</c>, which the authors' data loaders call: EXIF
/// orientation, colour profiles and gamma are ignored, and alpha is dropped, not composited. The exception is gray of more than 8 bits,
/// where Pillow's result depends on its version: it keeps its bits until <see cref="ImageDecodeOptions.Windowing"/>.
/// PNG, JPEG (CMYK too), TIFF (first page), BMP, GIF and WebP (first frame), PBM, PGM, PPM and TGA are read, all in managed code. Hosts
/// that decode DICOM themselves pass raw samples to <c>FromGray8</c>, <c>FromGray16</c> or <c>FromRgb24</c>.
/// </remarks>
public sealed class MedicalImage
{
    private readonly byte[] _rgb;
    private readonly Lazy<string> _contentHash;

    internal MedicalImage(byte[] rgb, int width, int height, string? source = null)
    {
        _rgb = rgb;
        Width = width;
        Height = height;
        Source = source;
        _contentHash = new Lazy<string>(ComputeContentHash);
    }

    /// <summary>A picture that lies in device memory, and is known by its size alone.</summary>
    internal MedicalImage(int width, int height)
    {
        _rgb = [];
        Width = width;
        Height = height;
        IsOnDevice = true;
        // Nobody knows its bytes: it is equal to itself alone.
        string itself = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes));
        _contentHash = new Lazy<string>(itself);
    }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Row-major interleaved 8-bit RGB, 3 * <see cref="Width"/> * <see cref="Height"/> bytes.</summary>
    /// <exception cref="InvalidOperationException">The picture was read from device memory (<see cref="IsOnDevice"/>).</exception>
    public ReadOnlySpan<byte> Rgb => IsOnDevice
        ? throw new InvalidOperationException("The picture was opened from device memory, and its bytes were not brought to the host. Copy it to the host, and make a MedicalImage of that copy.")
        : _rgb;

    /// <summary>Whether it is the picture of a study that was opened from <see cref="DevicePixels"/>: its size is known, its bytes are not.</summary>
    public bool IsOnDevice { get; }

    /// <summary>Where the picture came from, for messages: the path or name that was given, or null.</summary>
    public string? Source { get; }

    /// <summary>
    /// SHA-256 of width and height (little-endian Int32) and <see cref="Rgb"/>, as 64 lower-case hex digits. Equal pictures have equal
    /// hashes, however they were encoded. Computed on first use, once. Of a picture that <see cref="IsOnDevice"/>: as many digits that no
    /// other picture has.
    /// </summary>
    public string ContentHash => _contentHash.Value;

    /// <summary>Reads a picture from a file.</summary>
    /// <param name="path">A PNG, JPEG, TIFF, BMP, GIF, WebP, PBM, PGM, PPM or TGA file; recognized by content, not by name. A pipe or a device
    /// such as /dev/stdin is read to its end.</param>
    /// <param name="options">Limits and windowing; <see cref="ImageDecodeOptions.Default"/> by default.</param>
    /// <exception cref="ImageException">The file is not there, cannot be read, is not one of these formats, is damaged or cut off, or is
    /// beyond the limits; or a window is asked of a colour picture.</exception>
    public static MedicalImage Load(string path, ImageDecodeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (string.IsNullOrWhiteSpace(path))
            throw new ImageException("The path is empty. Name the file of a picture.");
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return Load(file, options, path);
        }
        catch (Exception exception) when (EncodedPicture.IsUnreadable(exception))
        {
            throw EncodedPicture.Unreadable(exception, path);
        }
    }

    /// <summary>Reads a picture from a stream, from its position to its end.</summary>
    /// <param name="stream">The whole encoded picture, as in a file. It need not be seekable, and stays open.</param>
    /// <param name="options">Limits and windowing; <see cref="ImageDecodeOptions.Default"/> by default. A stream that holds more than
    /// <see cref="ImageLimits.MaxEncodedBytes"/> is refused as soon as that is seen.</param>
    /// <param name="source">What to call the picture in messages.</param>
    /// <exception cref="ImageException">The stream cannot be read, or what it holds is not a picture that is read, damaged or cut off, or
    /// beyond the limits.</exception>
    public static MedicalImage Load(Stream stream, ImageDecodeOptions? options = null, string? source = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        options ??= ImageDecodeOptions.Default;
        return ImageDecoder.Decode(EncodedPicture.Read(stream, options.Limits, source ?? ImageDecoder.Unnamed).Span, options, source);
    }

    /// <summary>Reads a picture from a stream, from its position to its end, without holding a thread while it waits.</summary>
    /// <param name="stream">The whole encoded picture, as in a file. It need not be seekable, and stays open.</param>
    /// <param name="options">Limits and windowing; <see cref="ImageDecodeOptions.Default"/> by default. A stream that holds more than
    /// <see cref="ImageLimits.MaxEncodedBytes"/> is refused as soon as that is seen.</param>
    /// <param name="source">What to call the picture in messages.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="ImageException">The stream cannot be read, or what it holds is not a picture that is read, damaged or cut off, or
    /// beyond the limits.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<MedicalImage> LoadAsync(
        Stream stream, ImageDecodeOptions? options = null, string? source = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        options ??= ImageDecodeOptions.Default;
        ReadOnlyMemory<byte> encoded = await EncodedPicture
            .ReadAsync(stream, options.Limits, source ?? ImageDecoder.Unnamed, cancellationToken).ConfigureAwait(false);
        return ImageDecoder.Decode(encoded.Span, options, source);
    }

    /// <summary>Reads a picture from the bytes of a file.</summary>
    /// <param name="encoded">The whole file, of a format that <see cref="Load(string, ImageDecodeOptions?)"/> reads.</param>
    /// <param name="options">Limits and windowing; <see cref="ImageDecodeOptions.Default"/> by default.</param>
    /// <param name="source">What to call the picture in messages.</param>
    /// <exception cref="ImageException">The bytes are not one of these formats, damaged or cut off, or beyond the limits; or a window is asked
    /// of a colour picture.</exception>
    public static MedicalImage Decode(ReadOnlySpan<byte> encoded, ImageDecodeOptions? options = null, string? source = null) =>
        ImageDecoder.Decode(encoded, options ?? ImageDecodeOptions.Default, source);

    /// <summary>Takes 8-bit gray samples.</summary>
    /// <param name="pixels">Row-major, width * height samples.</param>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="monochrome1">Whether 0 is white (DICOM photometric interpretation MONOCHROME1).</param>
    /// <exception cref="ArgumentException">The buffer's length is not width * height.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or the picture is larger than an array can be.</exception>
    public static MedicalImage FromGray8(ReadOnlySpan<byte> pixels, int width, int height, bool monochrome1 = false)
    {
        PixelBuffer.RequireLength(pixels.Length, width, height, samplesPerPixel: 1, nameof(pixels));
        return new(GrayRendering.FromGray8(pixels, monochrome1), width, height);
    }

    /// <summary>Takes unsigned 16-bit gray samples through a window.</summary>
    /// <param name="pixels">Row-major, width * height stored samples.</param>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="windowing">The window; null takes the range from the smallest to the largest sample (a flat picture becomes 0).</param>
    /// <param name="monochrome1">Whether small samples are white (DICOM MONOCHROME1): the windowed level is inverted.</param>
    /// <exception cref="ArgumentException">The buffer's length is not width * height.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or the picture is larger than an array can be.</exception>
    public static MedicalImage FromGray16(
        ReadOnlySpan<ushort> pixels, int width, int height, Windowing? windowing = null, bool monochrome1 = false)
    {
        PixelBuffer.RequireLength(pixels.Length, width, height, samplesPerPixel: 1, nameof(pixels));
        return new(GrayRendering.FromGray16(pixels, windowing, monochrome1), width, height);
    }

    /// <summary>Takes signed 16-bit gray samples (DICOM pixel representation 1, as CT has) through a window.</summary>
    /// <param name="pixels">Row-major, width * height stored samples.</param>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="windowing">The window; null takes the range from the smallest to the largest sample (a flat picture becomes 0).</param>
    /// <param name="monochrome1">Whether small samples are white (DICOM MONOCHROME1): the windowed level is inverted.</param>
    /// <exception cref="ArgumentException">The buffer's length is not width * height.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or the picture is larger than an array can be.</exception>
    public static MedicalImage FromGray16(
        ReadOnlySpan<short> pixels, int width, int height, Windowing? windowing = null, bool monochrome1 = false)
    {
        PixelBuffer.RequireLength(pixels.Length, width, height, samplesPerPixel: 1, nameof(pixels));
        return new(GrayRendering.FromGray16(pixels, windowing, monochrome1), width, height);
    }

    /// <summary>Takes 8-bit RGB.</summary>
    /// <param name="pixels">Row-major interleaved, 3 * width * height bytes.</param>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <exception cref="ArgumentException">The buffer's length is not 3 * width * height.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or the picture is larger than an array can be.</exception>
    public static MedicalImage FromRgb24(ReadOnlySpan<byte> pixels, int width, int height)
    {
        PixelBuffer.RequireLength(pixels.Length, width, height, samplesPerPixel: 3, nameof(pixels));
        return new(pixels.ToArray(), width, height);
    }

    private string ComputeContentHash()
    {
        Span<byte> size = stackalloc byte[2 * sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(size, Width);
        BinaryPrimitives.WriteInt32LittleEndian(size[sizeof(int)..], Height);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(size);
        hash.AppendData(_rgb);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
