using System.Buffers.Binary;
using System.Text.Json;
using UniMed.Inference;
using UniMed.Inference.Weights;
using UniMed.WeightsConverter.Bytes;
using UniMed.WeightsConverter.Torch;

namespace UniMed.WeightsConverter.Sources;

/// <summary>
/// The weights of a Hugging Face folder: the first complete set in the order in which Transformers looks for them: model.safetensors, its sharded form, pytorch_model.bin, its sharded form.
/// </summary>
internal sealed class LanguageWeights : IDisposable
{
    private const string SafetensorsName = "model.safetensors";
    private const string SafetensorsIndexName = "model.safetensors.index.json";
    private const string BinName = "pytorch_model.bin";
    private const string BinIndexName = "pytorch_model.bin.index.json";

    private static readonly string[] SetNames = [SafetensorsName, SafetensorsIndexName, BinName, BinIndexName];

    private readonly List<IDisposable> _open = [];
    private readonly List<SkippedValue> _skipped = [];
    private readonly List<string> _paths = [];

    private LanguageWeights()
    {
    }

    /// <summary>All tensors by key.</summary>
    public OrderedDictionary<string, SourceTensor> Tensors { get; } = new(StringComparer.Ordinal);

    /// <summary>Entries that are not tensors that can be read.</summary>
    public IReadOnlyList<SkippedValue> Skipped => _skipped;

    /// <summary>Sets that were passed over or lie beside the one that is read, one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; private set; } = [];

    /// <summary>The files that hold them, index included.</summary>
    public IReadOnlyList<string> Paths => _paths;

    /// <summary>Opens the weights of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="required">Keys that a complete set holds.</param>
    /// <exception cref="UniMed.Inference.UniMedException">There are none, or no set is usable.</exception>
    public static LanguageWeights Open(string folder, IReadOnlyCollection<string> required)
    {
        string[] sets = [.. SetNames.Where(name => File.Exists(Path.Combine(folder, name)))];
        if (sets.Length == 0)
            throw NoWeights(folder);
        var passed = new List<(string Set, string Reason)>();
        (string Set, LanguageWeights Weights)? partial = null;
        UniMedException? first = null;
        foreach (string set in sets)
        {
            var weights = new LanguageWeights();
            try
            {
                weights.OpenSet(folder, set);
                int missing = weights.CountMissing(required);
                if (missing == 0)
                {
                    partial?.Weights.Dispose();
                    weights.Notes = NotesAbout(set, passed, sets);
                    return weights;
                }

                passed.Add((set, $"{set} holds {required.Count - missing} of the {required.Count} weights that config.json asks for"));
                if (partial is null)
                    partial = (set, weights);
                else
                    weights.Dispose();
            }
            catch (UniMedException e)
            {
                weights.Dispose();
                first ??= e;
                passed.Add((set, e.Message));
            }
        }

        // One set alone: what it lacks is listed key by key when the model is planned, or comes from the checkpoint.
        if (partial is { } only && sets.Length == 1)
            return only.Weights;
        partial?.Weights.Dispose();
        if (sets.Length == 1)
            throw first!;
        string reasons = string.Join(Environment.NewLine + "  ", passed.Select(p => p.Reason));
        throw new ConversionException($"{folder} holds {sets.Length} sets of weights, and none is complete:{Environment.NewLine}  {reasons}{Environment.NewLine}Fetch the missing files of one of them.", first);
    }

    public void Dispose()
    {
        foreach (IDisposable file in _open)
            file.Dispose();
    }

    private static List<string> NotesAbout(string used, List<(string Set, string Reason)> passed, string[] sets)
    {
        List<string> notes = [.. passed.Select(p => $"{used} is used. {p.Set} comes first but is not complete: {p.Reason.TrimEnd('.')}.")];
        notes.AddRange(sets.Where(s => s != used && passed.All(p => p.Set != s)).Select(s => $"{used} is used; {s} lies beside it and is not read."));
        return notes;
    }

    private static ConversionException NoWeights(string folder)
    {
        string? hint = File.Exists(Path.Combine(folder, "adapter_config.json"))
            ? "It holds a peft adapter alone. Give the folder of the model that the adapter was trained on; LoRA comes from --checkpoint."
            : Directory.EnumerateFiles(folder, "consolidated.*").Any()
                ? "It is in Meta's own layout. Give the model in Hugging Face's layout (the repository whose name ends in -hf, or the result of Transformers' convert_llama_weights_to_hf.py)."
                : Directory.EnumerateFiles(folder, "*-of-*").FirstOrDefault() is { } shard
                    ? $"It holds {Path.GetFileName(shard)}, a shard, but no index. Fetch the index too."
                    : null;
        return new ConversionException($"{folder} holds no weights: {string.Join(", ", SetNames[..^1])} or {SetNames[^1]} is expected.{(hint is null ? "" : " " + hint)}");
    }

    private int CountMissing(IReadOnlyCollection<string> required)
    {
        HashSet<string> found = [.. Tensors.Keys.Select(key => UnwrappedKey.Of(key, KeyLayout.Language).Name)];
        return required.Count(key => !found.Contains(key));
    }

    private void OpenSet(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        switch (name)
        {
            case BinName:
                OpenArchive(path, null);
                break;
            case BinIndexName:
                OpenShardedArchives(folder, path);
                break;
            default:
                OpenSafetensors(path);
                break;
        }
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
            _skipped.AddRange(file.UnsupportedTensors.Select(t => new SkippedValue(t.Key, $"stored as {t.Value}, which is not read")));
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
        _skipped.AddRange(file.Skipped);
        string name = Path.GetFileName(path);
        foreach ((string key, SourceTensor tensor) in file.Tensors)
        {
            if (fileOf is null || (fileOf.TryGetValue(key, out string? expected) && expected == name))
                Tensors[key] = tensor;
            else
                _skipped.Add(new SkippedValue(key, $"in {name}, where the index does not place it"));
        }
    }

    private static bool IsPlainName(string file) => file.Length > 0 && file is not ("." or "..") && file.IndexOfAny(['/', '\\', ':', '\0']) < 0;
}
