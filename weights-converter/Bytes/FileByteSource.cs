using Microsoft.Win32.SafeHandles;

namespace UniMed.WeightsConverter.Bytes;

/// <summary>
/// A file read by position. It is read, not mapped: a file that shrinks while it is converted is then an error with a sentence, where a mapping would end the process.
/// </summary>
internal sealed class FileByteSource : IByteSource
{
    private readonly SafeFileHandle _handle;

    private FileByteSource(string name, SafeFileHandle handle)
    {
        Name = name;
        _handle = handle;
        Length = RandomAccess.GetLength(handle);
    }

    public string Name { get; }

    public long Length { get; }

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="ConversionException">The file is missing, a folder, or may not be read.</exception>
    public static FileByteSource Open(string path)
    {
        if (Directory.Exists(path))
            throw new ConversionException($"{path} is a folder; a file is expected here.");
        try
        {
            return new FileByteSource(Path.GetFileName(path), File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ConversionException($"{path} does not exist. Check the path.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new ConversionException($"{path} cannot be opened: {e.Message}", e);
        }
    }

    public void Read(long position, Span<byte> destination)
    {
        if (position < 0 || position > Length - destination.Length)
            throw new ConversionException($"{Name}: {destination.Length} bytes at {position} lie beyond its {Length} bytes.");
        while (destination.Length > 0)
        {
            int read;
            try
            {
                read = RandomAccess.Read(_handle, destination, position);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ConversionException($"{Name} cannot be read at byte {position}: {e.Message}", e);
            }

            if (read == 0)
                throw new ConversionException($"{Name} became shorter while it was read: byte {position} of {Length} is gone.");
            position += read;
            destination = destination[read..];
        }
    }

    public void Dispose() => _handle.Dispose();
}
