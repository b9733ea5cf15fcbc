using System.IO.MemoryMappedFiles;
using UniMed.Native;

namespace UniMed.Inference.Weights;

/// <summary>One safetensors file, memory-mapped: tensors are read in place, pages come from disk when first touched.</summary>
/// <remarks>
/// Reading is thread-safe. Spans and tensors point into the map and are valid until <see cref="Dispose"/>; a <see cref="HostTensor"/> keeps the
/// object reachable but does not keep it from being disposed. The file must not be shortened while it is open.
/// Source: the safetensors format.
/// </remarks>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly SafetensorsHeader _header;
    private byte* _start;

    private SafetensorsFile(string path, MemoryMappedFile map, MemoryMappedViewAccessor view, long length)
    {
        Path = path;
        _map = map;
        _view = view;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        try
        {
            byte* file = _start + view.PointerOffset;
            int readable = (int)Math.Min(length, SafetensorsHeader.LengthBytes + SafetensorsHeader.MaxJsonBytes);
            _header = SafetensorsHeaderParser.Parse(path, new ReadOnlySpan<byte>(file, readable), length);
        }
        catch
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            throw;
        }
    }

    /// <summary>The path that was opened.</summary>
    public string Path { get; }

    /// <summary>All readable tensors by name, in the order of the header.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _header.Tensors;

    /// <summary>Tensors that the file holds and UniMed cannot read, since their type (the value: I16, F8_E4M3, ...) is none of its own.</summary>
    public IReadOnlyDictionary<string, string> UnsupportedTensors => _header.Unsupported;

    /// <summary>Free-form entries of the header; empty when there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Maps a file and checks its header against its length.</summary>
    /// <param name="path">A .safetensors file.</param>
    /// <exception cref="SafetensorsException">The file is missing, unreadable, or breaks a rule of the format.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
            throw new SafetensorsException(path, null, "This is a folder. Name the file in it, or open the folder as a SafetensorsSet.");
        try
        {
            return Map(path);
        }
        catch (FileNotFoundException e)
        {
            throw new SafetensorsException(path, null, "There is no such file.", e);
        }
        catch (DirectoryNotFoundException e)
        {
            throw new SafetensorsException(path, null, "There is no such file: its folder does not exist.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SafetensorsException(path, null, $"The file cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>The bytes of a tensor, without a copy: row-major, little-endian.</summary>
    /// <param name="name">Name of a tensor.</param>
    /// <exception cref="SafetensorsException">There is no such tensor, its type is unsupported, or it is longer than a span can be.</exception>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public ReadOnlySpan<byte> GetBytes(string name)
    {
        TensorInfo tensor = Find(name);
        if (tensor.ByteLength > int.MaxValue)
            throw new SafetensorsException(Path, name, $"Its {tensor.ByteLength} bytes do not fit into one span (at most {int.MaxValue}). Use GetTensor.");
        return new ReadOnlySpan<byte>(Address(tensor), (int)tensor.ByteLength);
    }

    /// <summary>A tensor as a matrix, without a copy: the last dimension is the columns, the product of the others the rows.</summary>
    /// <param name="name">Name of a tensor. A vector or a scalar is one row.</param>
    /// <returns>A view whose owner is this object.</returns>
    /// <exception cref="SafetensorsException">There is no such tensor, its type is unsupported, or its rows or columns do not fit a 32-bit integer.</exception>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public HostTensor GetTensor(string name)
    {
        TensorInfo tensor = Find(name);
        IReadOnlyList<long> shape = tensor.Shape;
        long columns = shape.Count == 0 ? 1 : shape[^1];
        // The parser has checked the product of all dimensions, so that of the leading ones fits as well.
        TensorShape.TryCount(shape, Math.Max(shape.Count - 1, 0), out long rows);
        if (rows > int.MaxValue || columns > int.MaxValue)
            throw new SafetensorsException(Path, name, $"Shape {TensorShape.Format(shape)} is a matrix of {rows} x {columns}; each may be {int.MaxValue} at most.");
        return new HostTensor((nint)Address(tensor), tensor.Type, (int)rows, (int)columns, columns, this);
    }

    /// <summary>Unmaps the file. Spans and tensors taken from it must not be used any more.</summary>
    public void Dispose()
    {
        if (_start is null)
            return;
        _start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }

    private static SafetensorsFile Map(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        long length = stream.Length;
        if (length < SafetensorsHeader.LengthBytes)
        {
            // Too short to map (an empty file cannot be mapped at all): the parser says what is wrong with it.
            Span<byte> all = stackalloc byte[SafetensorsHeader.LengthBytes];
            int read = stream.ReadAtLeast(all, (int)length, throwOnEndOfStream: false);
            SafetensorsHeaderParser.Parse(path, all[..read], length);
        }

        MemoryMappedFile map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        MemoryMappedViewAccessor? view = null;
        try
        {
            view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            return new SafetensorsFile(path, map, view, length);
        }
        catch
        {
            view?.Dispose();
            map.Dispose();
            throw;
        }
    }

    private TensorInfo Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        ObjectDisposedException.ThrowIf(_start is null, this);
        if (Tensors.TryGetValue(name, out TensorInfo? tensor))
            return tensor;
        if (UnsupportedTensors.TryGetValue(name, out string? dtype))
            throw new SafetensorsException(Path, name, $"It is stored as {dtype}. UniMed reads {SafetensorsDtype.Supported}.");
        throw new SafetensorsException(Path, name, $"The file has no such tensor; it has {Tensors.Count} others.");
    }

    private byte* Address(TensorInfo tensor) => _start + _view.PointerOffset + _header.DataStart + tensor.Offset;
}
