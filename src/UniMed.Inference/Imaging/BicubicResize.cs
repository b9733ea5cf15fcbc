using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using UniMed.Inference.Imaging;

namespace UniMed.Inference;

/// <summary>Pillow's bicubic resize of 8-bit RGB pictures, byte for byte.</summary>
/// <remarks>
/// Behaves as <c>Image.resize((w, h), BICUBIC)</c> of Pillow 13, which the authors' image processor calls (docs/uni-med.md, section 2): two
/// passes, each rounding to 8 bits; a pass whose size does not change is skipped. The horizontal pass runs first, except where the
/// height loses more than twice as many pixels as the width; then the vertical one does.
/// Earlier versions of Pillow always begin horizontally; version 13 begins vertically where the height is "scaled down significantly
/// more than the width" (python-pillow/Pillow#9549). What "significantly" means is settled by the golden pictures only in part:
/// losing 3.8 times as many pixels is, losing as many is not. Between the two the factor of two is a reading, not a measurement; a
/// wrong one would change results by a few levels.
/// Rows are computed in parallel; the result does not depend on the number of threads. Thread-safe.
/// </remarks>
public static class BicubicResize
{
    private const int Channels = 3;

    /// <summary>Keeps a pass's table of weights, about 4 * input + 5 * output numbers, within an array.</summary>
    private const int MaxSide = 1 << 24;

    private const int Half = 1 << (ResampleCoefficients.PrecisionBits - 1);

    /// <summary>Resizes a picture; the aspect ratio is not kept.</summary>
    /// <param name="rgb">Row-major interleaved RGB, 3 * width * height bytes.</param>
    /// <param name="width">Columns of the picture, at least 1.</param>
    /// <param name="height">Rows of the picture, at least 1.</param>
    /// <param name="outWidth">Columns of the result, at least 1.</param>
    /// <param name="outHeight">Rows of the result, at least 1.</param>
    /// <returns>A new array of 3 * outWidth * outHeight bytes.</returns>
    /// <exception cref="ArgumentException">The buffer's length is not 3 * width * height.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, the result is larger than an array can be, or a side
    /// exceeds 2^24.</exception>
    public static byte[] Resize(ReadOnlySpan<byte> rgb, int width, int height, int outWidth, int outHeight)
    {
        PixelBuffer.RequireLength(rgb.Length, width, height, Channels, nameof(rgb));
        PixelBuffer.RequireSize(outWidth, outHeight, Channels);
        if (Math.Max(Math.Max(width, height), Math.Max(outWidth, outHeight)) > MaxSide)
            throw new ArgumentOutOfRangeException(nameof(width), $"No side of a picture to resize may exceed {MaxSide} pixels.");
        if (width == outWidth && height == outHeight)
            return rgb.ToArray();

        unsafe
        {
            fixed (byte* source = rgb)
                return Resize(source, width, height, outWidth, outHeight);
        }
    }

    private static unsafe byte[] Resize(byte* source, int width, int height, int outWidth, int outHeight)
    {
        if (width == outWidth)
            return ResizeRows(source, width, new ResampleCoefficients(height, outHeight), skippedRows: 0);
        ResampleCoefficients horizontal = new(width, outWidth);
        if (height == outHeight)
            return ResizeColumns(source, width, height, horizontal);

        ResampleCoefficients vertical = new(height, outHeight);
        if (IsVerticalFirst(width, height, outWidth, outHeight))
        {
            fixed (byte* shortened = ResizeRows(source, width, vertical, skippedRows: 0))
                return ResizeColumns(shortened, width, outHeight, horizontal);
        }

        byte* firstNeeded = source + (long)vertical.Begin * width * Channels;
        fixed (byte* narrowed = ResizeColumns(firstNeeded, width, vertical.End - vertical.Begin, horizontal))
            return ResizeRows(narrowed, outWidth, vertical, vertical.Begin);
    }

    /// <summary>
    /// Which pass runs first decides how the intermediate picture is rounded, and so up to a few levels of the result.
    /// </summary>
    internal static bool IsVerticalFirst(int width, int height, int outWidth, int outHeight) =>
        height > outHeight && height - outHeight > 2L * (width - outWidth);

    private static unsafe byte[] ResizeColumns(byte* source, int width, int rows, ResampleCoefficients coefficients)
    {
        int outWidth = coefficients.Count;
        byte[] result = new byte[checked(rows * outWidth * Channels)];
        Parallel.For(
            0, rows, row => ResizeRow(new(source + (long)row * width * Channels, width * Channels), coefficients, result.AsSpan(row * outWidth * Channels, outWidth * Channels)));
        return result;
    }

    /// <remarks>Fully optimized at its first call, as <see cref="WeightedRow"/> is: a process that looks at one picture does not come to a second compilation.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ResizeRow(ReadOnlySpan<byte> from, ResampleCoefficients coefficients, Span<byte> to)
    {
        for (int x = 0; x < coefficients.Count; x++)
            WeightedPixel(from[(coefficients.First(x) * Channels)..], coefficients.Weights(x), to.Slice(x * Channels, Channels));
    }

    /// <summary>One output pixel: the channels are lanes of a vector; the fourth carries the next pixel's red and is dropped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WeightedPixel(ReadOnlySpan<byte> pixels, ReadOnlySpan<int> weights, Span<byte> result)
    {
        Vector128<int> sum = Vector128.Create(Half);
        int last = weights.Length - 1;
        for (int i = 0; i < last; i++)
            sum += Lanes(BinaryPrimitives.ReadUInt32LittleEndian(pixels[(i * Channels)..])) * weights[i];

        ReadOnlySpan<byte> end = pixels.Slice(last * Channels, Channels);
        sum += Lanes(end[0] | (uint)end[1] << 8 | (uint)end[2] << 16) * weights[last];
        for (int channel = 0; channel < Channels; channel++)
            result[channel] = ToByte(sum[channel]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Lanes(uint pixel) =>
        Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(pixel).AsByte())).AsInt32();

    private static unsafe byte[] ResizeRows(byte* source, int width, ResampleCoefficients coefficients, int skippedRows)
    {
        int rowBytes = width * Channels;
        int outHeight = coefficients.Count;
        byte[] result = new byte[checked(outHeight * rowBytes)];
        Parallel.For(0, outHeight, () => new int[rowBytes], (y, _, sums) =>
        {
            WeightedRow(source + (long)(coefficients.First(y) - skippedRows) * rowBytes, coefficients.Weights(y), sums, result.AsSpan(y * rowBytes, rowBytes));
            return sums;
        }, static _ => { });
        return result;
    }

    /// <param name="source">First of as many rows as there are weights.</param>
    /// <param name="weights">Weights of the rows.</param>
    /// <param name="sums">As long as a row; overwritten.</param>
    /// <param name="to">A row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void WeightedRow(byte* source, ReadOnlySpan<int> weights, Span<int> sums, Span<byte> to)
    {
        sums.Fill(Half);
        for (int i = 0; i < weights.Length; i++)
            AddWeightedRow(new(source + (long)i * to.Length, to.Length), weights[i], sums);
        for (int i = 0; i < to.Length; i++)
            to[i] = ToByte(sums[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddWeightedRow(ReadOnlySpan<byte> row, int weight, Span<int> sums)
    {
        int i = 0;
        for (; i <= row.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
        {
            (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.Create(row.Slice(i, Vector128<byte>.Count)));
            Add(Vector128.WidenLower(low), weight, sums[i..]);
            Add(Vector128.WidenUpper(low), weight, sums[(i + 4)..]);
            Add(Vector128.WidenLower(high), weight, sums[(i + 8)..]);
            Add(Vector128.WidenUpper(high), weight, sums[(i + 12)..]);
        }

        for (; i < row.Length; i++)
            sums[i] += row[i] * weight;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector128<uint> samples, int weight, Span<int> sums) =>
        (Vector128.Create<int>(sums) + samples.AsInt32() * weight).CopyTo(sums);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte ToByte(int sum) => (byte)Math.Clamp(sum >> ResampleCoefficients.PrecisionBits, 0, 255);
}
