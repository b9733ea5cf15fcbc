namespace UniMed.Inference.Imaging;

/// <summary>Reads the bytes of an encoded picture from a stream: a file, a pipe, a request's body.</summary>
/// <remarks>
/// A stream's own length is a hint only: pipes have none, and devices and files of /proc call themselves empty. The limit is
/// enforced while reading, so that an endless input ends where the limit is.
/// </remarks>
internal sealed class EncodedPicture
{
    private const int FirstCapacity = 64 << 10;

    private readonly string _name;
    private readonly ImageLimits _limits;
    private byte[] _buffer;
    private int _count;

    private EncodedPicture(Stream stream, ImageLimits limits, string name)
    {
        _name = name;
        _limits = limits;
        long announced = stream.CanSeek ? Math.Max(stream.Length - stream.Position, 0) : 0;
        limits.RequireEncodedBytes(announced, name);

        // One byte more than announced: the read that finds the end needs room.
        _buffer = new byte[announced > 0 ? (int)Math.Min(announced + 1, Array.MaxLength) : FirstCapacity];
    }

    /// <summary>Reads from the stream's position to its end.</summary>
    /// <exception cref="ImageException">The stream cannot be read, or holds more than the limit.</exception>
    public static ReadOnlyMemory<byte> Read(Stream stream, ImageLimits limits, string name)
    {
        try
        {
            EncodedPicture picture = new(stream, limits, name);
            while (stream.Read(picture.Room()) is > 0 and int read)
                picture.Add(read);
            return picture.Bytes;
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            throw Unreadable(exception, name);
        }
    }

    /// <summary>Reads from the stream's position to its end.</summary>
    /// <exception cref="ImageException">The stream cannot be read, or holds more than the limit.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(
        Stream stream, ImageLimits limits, string name, CancellationToken cancellationToken)
    {
        try
        {
            EncodedPicture picture = new(stream, limits, name);
            while (await stream.ReadAsync(picture.RoomInMemory(), cancellationToken).ConfigureAwait(false) is > 0 and int read)
                picture.Add(read);
            return picture.Bytes;
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            throw Unreadable(exception, name);
        }
    }

    /// <summary>Whether an exception says that the input, not the program, is at fault.</summary>
    public static bool IsUnreadable(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException or OutOfMemoryException;

    /// <summary>The error for an input that cannot be read.</summary>
    public static ImageException Unreadable(Exception exception, string name) => exception switch
    {
        OutOfMemoryException => new($"{name}: there is not enough memory to read it. Free some, or lower {nameof(ImageLimits)}.", exception),
        DirectoryNotFoundException or FileNotFoundException => new($"{name}: there is no such file. Check the path.", exception),
        UnauthorizedAccessException when Directory.Exists(name) => new($"{name}: this is a folder; name a picture in it.", exception),
        _ => new($"{name}: the picture cannot be read: {exception.Message} Check the path and its permissions.", exception),
    };

    private ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _count);

    private Span<byte> Room() => RoomInMemory().Span;

    private Memory<byte> RoomInMemory()
    {
        if (_count == _buffer.Length)
            Array.Resize(ref _buffer, (int)Math.Min(_buffer.Length * 2L, Array.MaxLength));
        return _buffer.AsMemory(_count);
    }

    private void Add(int read)
    {
        _count += read;
        if (_count > _limits.LargestEncodedBytes || _count == Array.MaxLength)
            throw _limits.TooManyEncodedBytes("more", _name);
    }
}
