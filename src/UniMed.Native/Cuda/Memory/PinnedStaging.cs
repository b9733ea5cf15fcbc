namespace UniMed.Native.Cuda;

/// <summary>
/// A ring of page-locked buffers through which bytes go to a device while the next ones are being prepared: with two buffers the preparation
/// of one piece and the journey of the piece before overlap. Not thread-safe; one for each uploading thread.
/// </summary>
internal sealed class PinnedStaging : IDisposable
{
    private readonly ICudaDriver _driver;
    private readonly CudaStream _stream;
    private readonly PinnedMemory[] _buffers;
    private readonly CudaEvent[] _travelled;
    private int _next;
    private bool _disposed;

    /// <summary>Writes bytes of an upload.</summary>
    /// <param name="piece">Where to; all of it must be written.</param>
    /// <param name="offset">Which bytes of the upload: the first one's number.</param>
    public delegate void Fill(Span<byte> piece, long offset);

    /// <summary>Starts work on a piece that is on its way.</summary>
    /// <param name="bytes">How many bytes it has.</param>
    /// <param name="offset">Which bytes of the upload: the first one's number.</param>
    public delegate void TakeAway(int bytes, long offset);

    /// <summary>Creates the buffers.</summary>
    /// <param name="driver">The device.</param>
    /// <param name="stream">Where copies run; work that needs the bytes runs there too, or waits for it.</param>
    /// <param name="bufferBytes">Size of a buffer, at least 1. Default 16 MiB.</param>
    /// <param name="buffers">Number of buffers, at least 2.</param>
    public PinnedStaging(ICudaDriver driver, CudaStream stream, int bufferBytes = 16 << 20, int buffers = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(buffers, 2);
        _driver = driver;
        _stream = stream;
        BufferBytes = bufferBytes;
        _buffers = new PinnedMemory[buffers];
        _travelled = new CudaEvent[buffers];
        try
        {
            for (int i = 0; i < buffers; i++)
            {
                _buffers[i] = driver.AllocateHost(bufferBytes);
                _travelled[i] = driver.CreateEvent(timed: false);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Size of a buffer: the largest piece.</summary>
    public int BufferBytes { get; }

    /// <summary>
    /// Uploads bytes that are written piece by piece, all to one place of a device. Returns when the last piece is on
    /// its way; the stream is past it when it is there.
    /// </summary>
    /// <param name="place">Where every piece goes: as many bytes as a piece has, at most.</param>
    /// <param name="bytes">How many there are.</param>
    /// <param name="granule">Pieces are multiples of it (the last one excepted), such as the bytes of a tile; at most <see cref="BufferBytes"/>.</param>
    /// <param name="fill">Writes a piece.</param>
    /// <param name="takeAway">Starts the work in the stream that takes a piece away, before the next one comes there.</param>
    public void Upload(DevicePointer place, long bytes, int granule, Fill fill, TakeAway takeAway)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(granule);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(granule, BufferBytes);
        int most = BufferBytes / granule * granule;
        for (long offset = 0; offset < bytes;)
        {
            int piece = (int)Math.Min(most, bytes - offset);
            fill(Take(piece), offset);
            Send(place, piece);
            takeAway(piece, offset);
            offset += piece;
        }
    }

    /// <summary>Uploads bytes that lie in memory.</summary>
    public void Upload(DevicePointer destination, ReadOnlySpan<byte> source)
    {
        for (int offset = 0; offset < source.Length;)
        {
            int piece = Math.Min(BufferBytes, source.Length - offset);
            source.Slice(offset, piece).CopyTo(Take(piece));
            Send(destination + offset, piece);
            offset += piece;
        }
    }

    /// <summary>The next buffer, once its last journey is over. Ends with <see cref="Send"/>; taken again before that it is the same buffer.</summary>
    /// <param name="bytes">Up to <see cref="BufferBytes"/>.</param>
    public Span<byte> Take(int bytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _driver.Synchronize(_travelled[_next]);
        return _buffers[_next].Slice(0, bytes).Span;
    }

    /// <summary>Sends the first bytes of the buffer that was taken.</summary>
    public void Send(DevicePointer destination, int bytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _driver.CopyToDevice(destination, _buffers[_next].Slice(0, bytes), _stream);
        _driver.Record(_travelled[_next], _stream);
        _next = (_next + 1) % _buffers.Length;
    }

    /// <summary>Waits for what is on its way and gives the buffers back.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        try
        {
            for (int i = 0; i < _buffers.Length; i++)
                GiveBack(i);
        }
        catch (CudaException error) when (error.IsDeviceLost)
        {
            // A lost device takes no calls; its buffers go with the driver.
        }
    }

    private void GiveBack(int i)
    {
        if (_travelled[i] != default)
        {
            _driver.Synchronize(_travelled[i]);
            _driver.DestroyEvent(_travelled[i]);
        }

        if (_buffers[i] != default)
            _driver.FreeHost(_buffers[i]);
    }
}
