using System.Runtime.InteropServices;
using UniMed.Native.Gpu;

namespace UniMed.Native.Cuda;

/// <summary>Pictures in memory of the host on the same card: native/cuda/vision/preprocess.cu.</summary>
internal sealed partial class CudaDevice : IDevicePixelReader
{
    private const int PixelThreads = 256;
    private const int PixelWarps = PixelThreads / 32;

    /// <summary>Pixels, or bytes, of a row that a block takes.</summary>
    private const int RowPiece = 4 * PixelThreads;

    private const int MaxRangeBlocks = 256;
    private const int MaxRowBlocks = 1024;

    /// <summary>Lanes that share a position have about so many weights each.</summary>
    private const int WeightsPerLane = 4;

    private readonly CudaStream? _hostStream;

    /// <inheritdoc/>
    public bool SharesHostContext => _hostStream is not null;

    /// <inheritdoc/>
    public (int Smallest, int Largest) RangeOf(DevicePixels pixels)
    {
        CudaStream host = RequireReadable(pixels);
        if (pixels.Format is not (DevicePixelFormat.Gray16 or DevicePixelFormat.SignedGray16))
            throw new ArgumentException($"Only 16-bit samples have a range to ask for; these are {pixels.Format}.", nameof(pixels));
        int flip = pixels.Format == DevicePixelFormat.SignedGray16 ? 0x8000 : 0;
        int blocks = Math.Min(pixels.Height, MaxRangeBlocks);
        var found = new int[blocks * PixelWarps * 2];
        using CudaMemory ranges = Take(found.Length * sizeof(int));
        using (var reading = new HostReading(_driver, _stream, host))
        {
            CudaLaunch launch = new(_module.Kernel("preprocess_range"), new CudaLaunchShape(blocks, PixelThreads));
            launch.Add(Pointer(pixels));
            launch.Add(pixels.RowBytes / sizeof(ushort));
            launch.Add(pixels.Width);
            launch.Add(pixels.Height);
            launch.Add(flip);
            launch.Add(ranges.Pointer);
            launch.Run(_stream);
            reading.End();
        }

        _driver.CopyToHost(MemoryMarshal.AsBytes(found.AsSpan()), ranges.Pointer);
        int smallest = ushort.MaxValue;
        int largest = 0;
        for (int i = 0; i < found.Length; i += 2)
        {
            smallest = Math.Min(smallest, found[i]);
            largest = Math.Max(largest, found[i + 1]);
        }

        return flip == 0 ? (smallest, largest) : ((short)(smallest ^ flip), (short)(largest ^ flip));
    }

    /// <inheritdoc/>
    public bool ReadPixels(DevicePixels pixels, PixelPreparation how, Tensor output)
    {
        ArgumentNullException.ThrowIfNull(how);
        CudaStream host = RequireReadable(pixels);
        how.RequireFits(pixels);
        if (output.Buffer is null || !ReferenceEquals(output.Buffer.Device, this))
            throw new ArgumentException($"{nameof(output)} lies in no buffer of this device '{Info.Name}'.", nameof(output));
        ObjectDisposedException.ThrowIf(output.Buffer.IsDisposed, output.Buffer);
        Require.Shape(output, 1, 3L * how.Side * how.Side, nameof(output));

        int rowBlocks = Math.Min(pixels.Height, MaxRowBlocks);
        int pieces = Blocks(pixels.Width, RowPiece);
        bool isGray = pixels.Format is DevicePixelFormat.Gray16 or DevicePixelFormat.SignedGray16;
        bool isPlanar = pixels.Format == DevicePixelFormat.RgbPlanes;
        int channels = isGray ? 1 : 3;
        string kind = isGray ? "gray" : "rgb";
        var faults = new uint[isPlanar ? rowBlocks * pieces * PixelWarps : 1];

        using CudaMemory normalized = SendTable(MemoryMarshal.AsBytes(how.Normalized.Span));
        using CudaMemory levels = SendTable(isGray ? how.Levels.Span : [0]);
        using CudaMemory horizontal = SendTable(how.Horizontal);
        using CudaMemory vertical = SendTable(how.Vertical);
        using CudaMemory bytes = Take(pixels.Format == DevicePixelFormat.Rgb24 ? 1 : PackedRow(pixels.Width, channels) * pixels.Height);
        using CudaMemory between = Take(how.Horizontal is null || how.Vertical is null ? 1 : how.IsVerticalFirst ? PackedRow(pixels.Width, channels) * how.Side : PackedRow(how.Side, channels) * pixels.Height);
        using CudaMemory resized = Take(PackedRow(how.Side, channels) * how.Side);
        using CudaMemory found = Take(faults.Length * sizeof(uint));
        using (var reading = new HostReading(_driver, _stream, host))
        {
            // The host's picture is read behind an event: this kernel does not start before the one in front of it has ended.
            var picture = new Picture(Pointer(pixels), pixels.RowBytes, pixels.Width, pixels.Height);
            var shape = new CudaLaunchShape(rowBlocks, PixelThreads, pieces);
            if (isGray)
                picture = ReadGray(picture, levels.Pointer, bytes.Pointer, shape);
            else if (isPlanar)
                picture = ReadPlanes(picture, pixels.PlaneBytes, bytes.Pointer, found.Pointer, shape);

            bool overlaps = pixels.Format != DevicePixelFormat.Rgb24;
            ResamplePass? first = how.IsVerticalFirst ? how.Vertical : how.Horizontal;
            ResamplePass? second = how.IsVerticalFirst ? how.Horizontal : how.Vertical;
            if (first is not null)
                picture = Resample(picture, first, how.IsVerticalFirst, (second is null ? resized : between).Pointer, ref overlaps);
            if (second is not null)
                picture = Resample(picture, second, !how.IsVerticalFirst, resized.Pointer, ref overlaps);
            CudaLaunch launch = new(_module.Kernel($"preprocess_normalize_{kind}"), new CudaLaunchShape(Blocks((long)how.Side * how.Side, PixelThreads), PixelThreads, OverlapsPrevious: overlaps));
            launch.Add(picture.Pointer);
            launch.Add(picture.RowBytes);
            launch.Add(normalized.Pointer);
            launch.Add(how.Side);
            launch.Add(At(output));
            launch.Run(_stream);
            reading.End();
        }

        GC.KeepAlive(output.Buffer);
        if (isPlanar)
            _driver.CopyToHost(MemoryMarshal.AsBytes(faults.AsSpan()), found.Pointer);
        return !faults.AsSpan().ContainsAnyExcept(0u);

        Picture Resample(in Picture from, ResamplePass pass, bool isVertical, DevicePointer to, ref bool overlaps)
        {
            CudaMemory table = isVertical ? vertical : horizontal;
            int length = from.Width * channels;
            var result = isVertical
                ? new Picture(to, PackedRow(from.Width, channels), from.Width, pass.Positions)
                : new Picture(to, PackedRow(pass.Positions, channels), pass.Positions, from.Height);
            int lanes = Math.Clamp(PowerOfTwo.AtLeast(Math.Max(1, pass.Stride / WeightsPerLane)), 1, 32);
            CudaLaunch launch = isVertical
                ? new(_module.Kernel("preprocess_rows"), new CudaLaunchShape(pass.Positions, PixelThreads, Blocks(length, RowPiece), OverlapsPrevious: overlaps))
                : new(_module.Kernel($"preprocess_columns_{kind}"), new CudaLaunchShape(from.Height, PixelThreads, Blocks((long)pass.Positions * lanes, PixelThreads), OverlapsPrevious: overlaps));
            launch.Add(from.Pointer);
            launch.Add(from.RowBytes);
            if (isVertical)
                launch.Add(length);
            launch.Add(table.Pointer);
            launch.Add(pass.Positions);
            launch.Add(pass.Stride);
            if (!isVertical)
                launch.Add(lanes);
            launch.Add(result.Pointer);
            launch.Add(result.RowBytes);
            launch.Run(_stream);
            overlaps = true;
            return result;
        }
    }

    private static DevicePointer Pointer(DevicePixels pixels) => new((ulong)pixels.Address);

    /// <summary>Bytes of a row that kernels write: it begins, and ends, at words.</summary>
    private static long PackedRow(int width, int channels) => (((long)width * channels) + 3) / 4 * 4;

    private Picture ReadGray(in Picture samples, DevicePointer levels, DevicePointer to, CudaLaunchShape shape)
    {
        CudaLaunch launch = new(_module.Kernel("preprocess_gray16"), shape);
        launch.Add(samples.Pointer);
        launch.Add(samples.RowBytes / sizeof(ushort));
        launch.Add(samples.Width);
        launch.Add(samples.Height);
        launch.Add(levels);
        launch.Add(to);
        launch.Add(PackedRow(samples.Width, 1));
        launch.Run(_stream);
        return samples with { Pointer = to, RowBytes = PackedRow(samples.Width, 1) };
    }

    private Picture ReadPlanes(in Picture red, long planeBytes, DevicePointer to, DevicePointer faults, CudaLaunchShape shape)
    {
        CudaLaunch launch = new(_module.Kernel("preprocess_planar"), shape);
        launch.Add(red.Pointer);
        launch.Add(planeBytes / sizeof(float));
        launch.Add(red.RowBytes / sizeof(float));
        launch.Add(red.Width);
        launch.Add(red.Height);
        launch.Add(to);
        launch.Add(PackedRow(red.Width, 3));
        launch.Add(faults);
        launch.Run(_stream);
        return red with { Pointer = to, RowBytes = PackedRow(red.Width, 3) };
    }

    private CudaMemory SendTable(ResamplePass? pass) => SendTable(pass is null ? [0] : MemoryMarshal.AsBytes(pass.Table));

    private CudaMemory SendTable(ReadOnlySpan<byte> table)
    {
        CudaMemory memory = Take(table.Length);
        Send(memory.Pointer, table);
        return memory;
    }

    /// <summary>The picture can be read: the context is shared, and all of its memory is this card's.</summary>
    /// <returns>The host's stream.</returns>
    private CudaStream RequireReadable(DevicePixels pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        RequireNoStep(nameof(ReadPixels));
        if (_hostStream is not { } host)
        {
            throw new InvalidOperationException(
                $"Device '{Info.Name}' opened the card for itself and knows no memory of the host's. Open it with {nameof(DeviceCatalog)}.{nameof(DeviceCatalog.CreateCuda)} over the host's context.");
        }

        if (_driver.IsCapturing(host))
            throw new InvalidOperationException("The host's stream is being captured; a picture that work in it makes is not there. End the capture and launch its graph before the picture is read.");
        ulong next = (ulong)pixels.Address;
        ulong end = next + (ulong)pixels.Bytes;
        while (next < end)
        {
            CudaMemoryRange? range = _driver.FindMemory(new DevicePointer(next));
            if (range is not { } known || known.End <= next)
            {
                throw new ArgumentException(
                    next == (ulong)pixels.Address
                        ? $"There is no memory of the CUDA driver at 0x{next:x}, where the picture begins. Give a device pointer whose memory was not freed."
                        : $"The picture of {pixels.Width} x {pixels.Height} pixels reaches from 0x{pixels.Address:x} to 0x{end:x}, and its memory ends at 0x{next:x}. Check the sizes and the distance of the rows.",
                    nameof(pixels));
            }

            if (known.Ordinal is null)
                throw new ArgumentException($"0x{next:x} is host memory. Give the picture as a MedicalImage, or copy it to the card.", nameof(pixels));
            if (known.Ordinal != _driver.Properties.Ordinal)
                throw new ArgumentException($"0x{next:x} is memory of card {known.Ordinal}, and the model works on card {_driver.Properties.Ordinal}. Copy the picture there (cuMemcpyPeer).", nameof(pixels));
            next = known.End;
        }

        return host;
    }

    /// <summary>Samples on the card.</summary>
    private readonly record struct Picture(DevicePointer Pointer, long RowBytes, int Width, int Height);
}
