namespace UniMed.Inference.Weights;

/// <summary>Writes one safetensors file as a stream: the header at once, then the data of the declared tensors in their order.</summary>
/// <remarks>
/// The file grows under <c>path + ".partial"</c> and gets its name in <see cref="Complete"/>; without that call nothing is left behind.
/// The same declarations, metadata and data give the same bytes. The data section starts at a multiple of 64 bytes, and every tensor at a multiple
/// of its element size: the format has no padding between tensors, so declarations in an order that breaks this are refused
/// (<see cref="TensorDeclaration.InAlignedOrder"/> gives one that never does). Not thread-safe.
/// </remarks>
public sealed class SafetensorsWriter : IDisposable
{
    private const int BufferBytes = 1 << 16;

    private readonly string _path;
    private readonly IReadOnlyList<TensorInfo> _layout;
    private FileStream? _stream;
    private long _written;
    private State _state;

    /// <summary>Creates the partial file and writes the header.</summary>
    /// <param name="path">Where the file goes; a file of that name is replaced on completion. Its folder must exist.</param>
    /// <param name="tensors">Tensors in the order in which their data will come.</param>
    /// <param name="metadata">Free-form header entries, written in ordinal order of their keys.</param>
    /// <exception cref="SafetensorsException">A declaration is not possible, or the file cannot be created.</exception>
    public SafetensorsWriter(string path, IReadOnlyList<TensorDeclaration> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        _path = path;
        _layout = SafetensorsHeaderWriter.LayOut(path, tensors);
        DataLength = _layout.Count == 0 ? 0 : _layout[^1].Offset + _layout[^1].ByteLength;
        byte[] header = SafetensorsHeaderWriter.Build(path, _layout, metadata);
        try
        {
            _stream = Guard(() => new FileStream(PartialPath, FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes));
            Guard(() => _stream.Write(header));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private enum State
    {
        Open,
        Sealed,
        Published,
        Disposed,
    }

    /// <summary>Bytes of the declared tensors that have not been written.</summary>
    internal long Remaining => DataLength - _written;

    private long DataLength { get; }

    private string PartialPath => _path + ".partial";

    /// <summary>Appends raw data: little-endian, row-major, tensor after tensor as declared; a chunk may end or begin anywhere.</summary>
    /// <param name="bytes">Any number of bytes.</param>
    /// <exception cref="SafetensorsException">More bytes than declared, or the disk refuses.</exception>
    /// <exception cref="InvalidOperationException">The file is already complete.</exception>
    /// <exception cref="ObjectDisposedException">The writer was disposed.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        CheckOpen();
        if (bytes.Length > Remaining)
            throw new SafetensorsException(_path, null, $"{_written + bytes.Length} bytes were written, but the declared tensors take {DataLength}.");
        try
        {
            _stream!.Write(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(e);
        }

        _written += bytes.Length;
    }

    /// <summary>Checks that every declared byte was written, brings the file to disk and gives it its name.</summary>
    /// <exception cref="SafetensorsException">Bytes are missing, or the disk refuses.</exception>
    /// <exception cref="InvalidOperationException">The file is already complete.</exception>
    /// <exception cref="ObjectDisposedException">The writer was disposed.</exception>
    public void Complete()
    {
        Seal();
        Publish();
    }

    /// <summary>Closes the file. One that is not complete is deleted.</summary>
    public void Dispose()
    {
        if (_state is State.Open or State.Sealed)
        {
            // When the disk refuses even this, the .partial name tells that the file is not whole.
            Attempt(() => _stream?.Dispose());
            Attempt(() => File.Delete(PartialPath));
        }

        _state = State.Disposed;
    }

    /// <summary>First half of <see cref="Complete"/>: everything is on disk, still under the partial name.</summary>
    internal void Seal()
    {
        CheckOpen();
        if (Remaining > 0)
        {
            TensorInfo cut = _layout.First(t => t.Offset + t.ByteLength > _written);
            throw new SafetensorsException(_path, cut.Name, $"Only {_written - cut.Offset} of its {cut.ByteLength} bytes were written ({_written} of {DataLength} in all).");
        }

        Guard(() =>
        {
            _stream!.Flush(flushToDisk: true);
            _stream.Dispose();
        });
        _stream = null;
        _state = State.Sealed;
    }

    /// <summary>Second half of <see cref="Complete"/>: the file gets its name.</summary>
    internal void Publish()
    {
        Guard(() => File.Move(PartialPath, _path, overwrite: true));
        _state = State.Published;
    }

    /// <summary>Undoes <see cref="Publish"/>, for a set of files of which another could not be published.</summary>
    internal void Retract()
    {
        if (_state == State.Published)
            Attempt(() => File.Delete(_path));
    }

    private static void Attempt(Action cleanup)
    {
        try
        {
            cleanup();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    private void CheckOpen()
    {
        ObjectDisposedException.ThrowIf(_state == State.Disposed, this);
        if (_state != State.Open)
            throw new InvalidOperationException("The file is already complete.");
    }

    private void Guard(Action action) => Guard(() =>
    {
        action();
        return true;
    });

    private T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(e);
        }
    }

    private SafetensorsException CannotWrite(Exception e) =>
        new(_path, null, $"The file cannot be written: {e.Message} Check that the folder exists, may be written to, and has space.", e);
}
