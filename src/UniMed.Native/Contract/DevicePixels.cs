namespace UniMed.Native;

/// <summary>A picture in memory of a card that the host holds. It owns nothing: the memory stays the host's, and is read only while a call with it runs.</summary>
/// <remarks>Immutable and thread-safe. Sizes are held to what pictures in host memory are held to. Whether the memory is there is asked when it is read.</remarks>
public sealed class DevicePixels
{
    private const int MaxSide = 1 << 24;

    private DevicePixels(DevicePixelFormat format, nint address, int width, int height, int pixelBytes, int alignment, long rowBytes, long? planeBytes)
    {
        RequireSize(width, height);
        long packed = (long)width * pixelBytes;
        RowBytes = rowBytes == 0 ? packed : rowBytes;
        if (RowBytes < packed)
            throw new ArgumentOutOfRangeException(nameof(rowBytes), rowBytes, $"A row of {width} pixels has {packed} bytes; rows cannot begin nearer to each other. Give the distance of two rows in bytes, or 0 where they follow each other.");
        Int128 plane = ((Int128)RowBytes * (height - 1)) + packed;
        Int128 bytes = plane;
        if (planeBytes is { } given)
        {
            Int128 distance = given == 0 ? (Int128)RowBytes * height : given;
            if (distance < plane)
                throw new ArgumentOutOfRangeException(nameof(planeBytes), planeBytes, $"A plane reaches over {plane} bytes; planes cannot begin nearer to each other. Give the distance of two planes in bytes, or 0 where they follow each other.");
            bytes += 2 * distance;
            PlaneBytes = distance <= long.MaxValue ? (long)distance : 0;
        }

        if (address == 0)
            throw new ArgumentException("The picture's address is null. Give the device pointer of its first pixel.", nameof(address));
        if (bytes > long.MaxValue || (Int128)(ulong)address + bytes > ulong.MaxValue)
            throw new ArgumentOutOfRangeException(nameof(rowBytes), rowBytes, $"{height} rows, {RowBytes} bytes from each other, reach past the end of all memory. Check the distance of the rows{(planeBytes is null ? "" : " and of the planes")}.");
        if ((ulong)address % (ulong)alignment != 0 || RowBytes % alignment != 0 || PlaneBytes % alignment != 0)
        {
            throw new ArgumentException(
                $"Samples of {alignment} bytes lie at multiples of {alignment}; the address is 0x{address:x}, rows are {RowBytes} bytes apart{(planeBytes is null ? "" : $" and planes {PlaneBytes}")}. Copy the picture to where they do.",
                nameof(address));
        }

        Format = format;
        Address = address;
        Width = width;
        Height = height;
        Bytes = (long)bytes;
    }

    /// <summary>How samples lie.</summary>
    public DevicePixelFormat Format { get; }

    /// <summary>CUdeviceptr of the first pixel.</summary>
    public nint Address { get; }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Bytes from the beginning of a row to that of the next.</summary>
    public long RowBytes { get; }

    /// <summary>Bytes from the beginning of a plane to that of the next; 0 without planes.</summary>
    public long PlaneBytes { get; }

    /// <summary>Bytes from the first sample to the end of the last.</summary>
    public long Bytes { get; }

    /// <summary>8-bit RGB, interleaved.</summary>
    /// <param name="address">CUdeviceptr of the first pixel.</param>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="rowBytes">Bytes from row to row, at least 3 * width (a pitch of cuMemAllocPitch); 0 for rows without a gap.</param>
    /// <exception cref="ArgumentException">The address is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, a side exceeds 2^24, the picture is larger than one in host memory can be, or rows overlap or reach past all memory.</exception>
    public static DevicePixels Rgb24(nint address, int width, int height, long rowBytes = 0) =>
        new(DevicePixelFormat.Rgb24, address, width, height, pixelBytes: 3, alignment: 1, rowBytes, planeBytes: null);

    /// <summary>16-bit gray.</summary>
    /// <param name="address">CUdeviceptr of the first sample, a multiple of 2.</param>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="rowBytes">Bytes from row to row, a multiple of 2, at least 2 * width; 0 for rows without a gap.</param>
    /// <param name="isSigned">Whether samples are signed.</param>
    /// <inheritdoc cref="Rgb24" path="/exception"/>
    public static DevicePixels Gray16(nint address, int width, int height, long rowBytes = 0, bool isSigned = false) =>
        new(isSigned ? DevicePixelFormat.SignedGray16 : DevicePixelFormat.Gray16, address, width, height, pixelBytes: 2, alignment: 2, rowBytes, planeBytes: null);

    /// <summary>fp32 RGB, a tensor [3, height, width] of numbers from 0 to 1. Each becomes the nearest of 256 levels; what lies outside becomes black or full.</summary>
    /// <param name="address">CUdeviceptr of the first number, a multiple of 4.</param>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="rowBytes">Bytes from row to row, a multiple of 4, at least 4 * width; 0 for rows without a gap.</param>
    /// <param name="planeBytes">Bytes from plane to plane, a multiple of 4, at least a plane; 0 for planes without a gap.</param>
    /// <inheritdoc cref="Rgb24" path="/exception"/>
    public static DevicePixels RgbPlanes(nint address, int width, int height, long rowBytes = 0, long planeBytes = 0) =>
        new(DevicePixelFormat.RgbPlanes, address, width, height, pixelBytes: 4, alignment: 4, rowBytes, planeBytes);

    /// <summary>For a log.</summary>
    public override string ToString() => $"{Width} x {Height} pixels ({Format}) from 0x{Address:x}, {Bytes} bytes";

    private static void RequireSize(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if ((long)width * height > Array.MaxLength / 3)
            throw new ArgumentOutOfRangeException(nameof(height), height, $"A picture of {width} x {height} is larger than one in host memory can be: {Array.MaxLength / 3} pixels.");
        if (Math.Max(width, height) > MaxSide)
            throw new ArgumentOutOfRangeException(width > height ? nameof(width) : nameof(height), Math.Max(width, height), $"No side of a picture to resize may exceed {MaxSide} pixels.");
    }
}
