using System.Text.Json;

namespace UniMed.Inference.Weights;

/// <summary>The index of a sharded model: which file holds which tensor.</summary>
/// <param name="WeightMap">Tensor name to shard file name; the names are plain file names.</param>
/// <param name="Shards">The shard file names, each once, in ordinal order.</param>
/// <remarks>Source: <c>model.safetensors.index.json</c> of Hugging Face Transformers.</remarks>
internal sealed record SafetensorsIndex(IReadOnlyDictionary<string, string> WeightMap, IReadOnlyList<string> Shards)
{
    /// <summary>Longest index file, as for the header of one file.</summary>
    private const long MaxBytes = SafetensorsHeader.MaxJsonBytes;

    private const int MaxDepth = 8;

    /// <summary>Reads an index file.</summary>
    /// <exception cref="SafetensorsException">The file is missing, too long, or no valid index.</exception>
    public static SafetensorsIndex Read(string path)
    {
        byte[] bytes;
        try
        {
            long length = new FileInfo(path).Length;
            if (length > MaxBytes)
                throw new SafetensorsException(path, null, $"The index has {length} bytes; at most {MaxBytes} are allowed.");
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SafetensorsException(path, null, $"The index cannot be read: {e.Message}", e);
        }

        return Parse(path, bytes);
    }

    /// <summary>Reads the bytes of an index file.</summary>
    /// <exception cref="SafetensorsException">They are no valid index.</exception>
    public static SafetensorsIndex Parse(string path, ReadOnlySpan<byte> bytes)
    {
        var map = new Dictionary<string, string>();
        try
        {
            ReadObject(path, bytes, map);
        }
        catch (JsonException e)
        {
            string problem = ForeignFile.Recognize(bytes) ?? e.Message;
            throw new SafetensorsException(path, null, $"This is not the JSON of a safetensors index: {problem}", e);
        }
        catch (InvalidOperationException e)
        {
            throw new SafetensorsException(path, null, "The index holds text that is not valid UTF-8.", e);
        }

        return new SafetensorsIndex(map.AsReadOnly(), [.. map.Values.Distinct().Order(StringComparer.Ordinal)]);
    }

    private static void ReadObject(string path, ReadOnlySpan<byte> bytes, Dictionary<string, string> map)
    {
        var json = new Utf8JsonReader(JsonText.WithoutMark(bytes), new JsonReaderOptions { MaxDepth = MaxDepth });
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
            throw new SafetensorsException(path, null, "The index must be a JSON object with a weight_map.");
        bool found = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isMap = json.ValueTextEquals("weight_map"u8);
            json.Read();
            if (!isMap)
            {
                json.Skip();
                continue;
            }

            if (found)
                throw new SafetensorsException(path, null, "The index has weight_map twice.");
            found = true;
            ReadWeightMap(path, ref json, map);
        }

        // Anything but white space after the object makes this call throw.
        json.Read();
        if (map.Count == 0)
            throw new SafetensorsException(path, null, "The index has no weight_map, or an empty one.");
    }

    private static void ReadWeightMap(string path, ref Utf8JsonReader json, Dictionary<string, string> map)
    {
        if (json.TokenType != JsonTokenType.StartObject)
            throw new SafetensorsException(path, null, "weight_map must be an object from tensor names to file names.");
        var shardNames = new Dictionary<string, string>();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string tensor = json.GetString()!;
            json.Read();
            if (json.TokenType != JsonTokenType.String)
                throw new SafetensorsException(path, tensor, "weight_map must give it a file name.");
            string shard = json.GetString()!;
            if (!IsPlainFileName(shard))
                throw new SafetensorsException(path, tensor, $"weight_map places it in {SafetensorsException.Quote(shard)}. Expected the plain name of a file beside the index: a path that leaves the folder is not followed.");
            if (!shardNames.TryGetValue(shard, out string? shared))
                shardNames.Add(shard, shared = shard);
            if (!map.TryAdd(tensor, shared))
                throw new SafetensorsException(path, tensor, "weight_map names it twice.");
        }
    }

    private static bool IsPlainFileName(string name) =>
        name is not ("" or "." or "..") && name.AsSpan().IndexOfAny(@"/\:") < 0 && !name.Any(char.IsControl);
}
