using System.Buffers.Binary;
using System.Text.Json;
using UniMed.Inference.Weights;
using UniMed.WeightsConverter.Bytes;

namespace UniMed.WeightsConverter.Sources;

/// <summary>
/// The weights of a Hugging Face folder, in the order in which Transformers looks for them: model.safetensors, its sharded form, pytorch_model.bin, its sharded form.
/// </summary>
internal sealed class LanguageWeights : IDisposable
{
    private const string SafetensorsName = "model.safetensors";
    private const string SafetensorsIndexName = "model.safetensors.index.json";
    private const string BinName = "pytorch_model.bin";
    private const string BinIndexName = "pytorch_model.bin.index.json";

    private readonly List<IDisposable> _open = [];
    private readonly List<string> _others = [];
    private readonly List<string> _paths = [];

    private LanguageWeights()
    {
    }

    /// <summary>All tensors by key.</summary>
    public OrderedDictionary<string, SourceTensor> Tensors { get; } = new(StringComparer.Ordinal);

    /// <summary>Keys whose value is not a tensor that can be read.</summary>
    public IReadOnlyList<string> Others => _others;

    /// <summary>The files that hold them, index included.</summary>
    public IReadOnlyList<string> Paths => _paths;

    /// <summary>Opens the weights of a folder.</summary>
    /// <exception cref="UniMed.Inference.UniMedException">There are none, or a file is not usable.</exception>
    public static LanguageWeights Open(string folder)
    {
        var weights = new LanguageWeights();
        try
        {
            weights.OpenFirst(folder);
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (IDisposable file in _open)
            file.Dispose();
    }

    private void OpenFirst(string folder)
    {
        string At(string name) => Path.Combine(folder, name);
        if (File.Exists(At(SafetensorsName)))
            OpenSafetensors(At(SafetensorsName));
        else if (File.Exists(At(SafetensorsIndexName)))
            OpenSafetensors(At(SafetensorsIndexName));
        else if (File.Exists(At(BinName)))
            OpenArchive(At(BinName), null);
        else if (File.Exists(At(BinIndexName)))
            OpenShardedArchives(folder, At(BinIndexName));
        else
            throw new ConversionException($"{folder} holds no weights: {SafetensorsName}, {SafetensorsIndexName}, {BinName} or {BinIndexName} is expected.");
    }

    private void OpenSafetensors(string path)
    {
        // The set checks headers, index and shards. The data are then read by position, as archives are: no tensor is too long for a span.
        using SafetensorsSet set = SafetensorsSet.Open(path);
        if (path.EndsWith(".json", StringComparison.Ordinal))
            _paths.Add(path);
        Span<byte> headerLength = stackalloc byte[sizeof(long)];
        foreach (SafetensorsFile file in set.Files)
        {
            FileByteSource source = FileByteSource.Open(file.Path);
            _open.Add(source);
            _paths.Add(file.Path);
            source.Read(0, headerLength);
            long dataStart = headerLength.Length + BinaryPrimitives.ReadInt64LittleEndian(headerLength);
            foreach (TensorInfo info in file.Tensors.Values)
                Tensors[info.Name] = new SafetensorsTensor(info, source, dataStart);
            _others.AddRange(file.UnsupportedTensors.Keys);
        }
    }

    private void OpenShardedArchives(string folder, string indexPath)
    {
        JsonFile index = JsonFile.Read(indexPath);
        _paths.Add(indexPath);
        JsonFile map = index.Child("weight_map") ?? throw new ConversionException($"{index.Name}: \"weight_map\" is missing; it says which file holds which tensor.");
        var fileOf = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonProperty entry in map.Root.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.String || entry.Value.GetString() is not { } file || !IsPlainName(file))
                throw new ConversionException($"{map.Name}: \"{entry.Name}\" is in {entry.Value.GetRawText()}; the name of a file in the same folder is expected.");
            fileOf[entry.Name] = file;
        }

        foreach (string file in fileOf.Values.Distinct().Order(StringComparer.Ordinal))
        {
            string path = Path.Combine(folder, file);
            if (!File.Exists(path))
                throw new ConversionException($"{index.Name} names {file}, which is not in {folder}. The download is incomplete.");
            OpenArchive(path, fileOf);
        }

        List<string> absent = [.. fileOf.Where(e => !Tensors.ContainsKey(e.Key)).Select(e => $"{e.Key} ({e.Value})")];
        if (absent.Count > 0)
            throw new ConversionException($"{index.Name} names tensors that are not in their files: {string.Join(", ", absent)}.");
    }

    private void OpenArchive(string path, Dictionary<string, string>? fileOf)
    {
        WeightFile file = WeightFile.Open(path);
        _open.Add(file);
        _paths.Add(path);
        _others.AddRange(file.Others);
        string name = Path.GetFileName(path);
        foreach ((string key, SourceTensor tensor) in file.Tensors)
        {
            if (fileOf is null || (fileOf.TryGetValue(key, out string? expected) && expected == name))
                Tensors[key] = tensor;
            else
                _others.Add($"{key} ({name}, not by the index)");
        }
    }

    private static bool IsPlainName(string file) => file.Length > 0 && file is not ("." or "..") && file.IndexOfAny(['/', '\\', ':', '\0']) < 0;
}
