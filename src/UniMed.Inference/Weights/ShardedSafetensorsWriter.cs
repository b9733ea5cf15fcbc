using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace UniMed.Inference.Weights;

/// <summary>
/// Writes tensors into a folder as a stream: <c>model.safetensors</c> when they fit into one shard, otherwise <c>model-00001-of-0000N.safetensors</c> and so on with
/// <c>model.safetensors.index.json</c>.
/// </summary>
/// <remarks>
/// Shards are split between tensors, in the order declared: a tensor that would make a shard larger than allowed begins the next one, and a tensor larger than a whole
/// shard gets its own. All files keep the ending ".partial" until <see cref="Complete"/>, and the index is the last to get its name; without that call nothing is left
/// behind. The same declarations, sizes, metadata and data give the same bytes. Alignment as in <see cref="SafetensorsWriter"/>. Not thread-safe.
/// Source: the layout Hugging Face Transformers writes and reads.
/// </remarks>
public sealed class ShardedSafetensorsWriter : IDisposable
{
    private readonly string _folder;
    private readonly IReadOnlyDictionary<string, string>? _metadata;
    private readonly IReadOnlyList<SafetensorsShard> _shards;
    private readonly List<SafetensorsWriter> _writers = [];
    private long _remaining;
    private bool _completed;
    private bool _disposed;

    /// <summary>Plans the shards and begins the first one.</summary>
    /// <param name="folder">Where the files go; created when missing. It must not hold safetensors yet.</param>
    /// <param name="tensors">Tensors in the order in which their data will come.</param>
    /// <param name="maxShardBytes">Most bytes of tensor data in one shard, at least 1; headers are not counted.</param>
    /// <param name="metadata">Free-form header entries of every shard.</param>
    /// <exception cref="SafetensorsException">A declaration is not possible, the folder already holds safetensors, or a file cannot be created.</exception>
    public ShardedSafetensorsWriter(string folder, IReadOnlyList<TensorDeclaration> tensors, long maxShardBytes, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxShardBytes);
        _folder = folder;
        _metadata = metadata;
        _shards = SafetensorsShard.Plan(folder, tensors, maxShardBytes);
        _remaining = _shards.Sum(shard => shard.Bytes);
        PrepareFolder(folder);
        BeginShard();
    }

    private SafetensorsWriter Current => _writers[^1];

    /// <summary>Appends raw data: little-endian, row-major, tensor after tensor as declared; a chunk may end or begin anywhere.</summary>
    /// <param name="bytes">Any number of bytes.</param>
    /// <exception cref="SafetensorsException">More bytes than declared, or the disk refuses.</exception>
    /// <exception cref="InvalidOperationException">The files are already complete.</exception>
    /// <exception cref="ObjectDisposedException">The writer was disposed.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        CheckOpen();
        if (bytes.Length > _remaining)
            throw new SafetensorsException(_folder, null, $"{bytes.Length} more bytes were written, but the declared tensors lack only {_remaining}.");
        while (!bytes.IsEmpty)
        {
            while (Current.Remaining == 0)
                NextShard();
            int count = (int)Math.Min(Current.Remaining, bytes.Length);
            Current.Write(bytes[..count]);
            _remaining -= count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Checks that every declared byte was written, brings all files to disk and gives them their names, the index last.</summary>
    /// <exception cref="SafetensorsException">Bytes are missing, or the disk refuses.</exception>
    /// <exception cref="InvalidOperationException">The files are already complete.</exception>
    /// <exception cref="ObjectDisposedException">The writer was disposed.</exception>
    public void Complete()
    {
        CheckOpen();
        while (_writers.Count < _shards.Count)
            NextShard();
        Current.Seal();
        foreach (SafetensorsWriter writer in _writers)
            writer.Publish();
        if (_shards.Count > 1)
            WriteIndex();
        _completed = true;
    }

    /// <summary>Closes all files. When they are not complete, all are deleted.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        foreach (SafetensorsWriter writer in _writers)
        {
            if (!_completed)
                writer.Retract();
            writer.Dispose();
        }
    }

    private static void PrepareFolder(string folder)
    {
        string? found;
        try
        {
            Directory.CreateDirectory(folder);
            found = Directory.EnumerateFiles(folder, "*.safetensors*").FirstOrDefault();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SafetensorsException(folder, null, $"The folder cannot be created or read: {e.Message}", e);
        }

        if (found is not null)
            throw new SafetensorsException(folder, null, $"The folder already holds {Path.GetFileName(found)}: files of two models would mix. Choose an empty folder, or remove the old files.");
    }

    private void BeginShard()
    {
        SafetensorsShard shard = _shards[_writers.Count];
        _writers.Add(new SafetensorsWriter(Path.Combine(_folder, shard.FileName), shard.Tensors, _metadata));
    }

    private void NextShard()
    {
        Current.Seal();
        BeginShard();
    }

    private void WriteIndex()
    {
        var json = new ArrayBufferWriter<byte>();
        var options = new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(json, options))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("metadata");
            writer.WriteNumber("total_size", _shards.Sum(shard => shard.Bytes));
            writer.WriteEndObject();
            writer.WriteStartObject("weight_map");
            var map = _shards.SelectMany(shard => shard.Tensors, (shard, tensor) => (tensor.Name, shard.FileName));
            foreach ((string name, string file) in map.OrderBy(entry => entry.Name, StringComparer.Ordinal))
                writer.WriteString(name, file);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        json.Write("\n"u8);
        string path = Path.Combine(_folder, SafetensorsSet.IndexName);
        try
        {
            AtomicFile.Write(path, json.WrittenSpan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SafetensorsException(path, null, $"The index cannot be written: {e.Message} Check that the folder may be written to and has space.", e);
        }
    }

    private void CheckOpen()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_completed)
            throw new InvalidOperationException("The files are already complete.");
    }
}
