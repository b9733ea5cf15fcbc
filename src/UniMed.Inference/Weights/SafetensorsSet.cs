using System.Text.RegularExpressions;
using UniMed.Native;

namespace UniMed.Inference.Weights;

/// <summary>The tensors of one safetensors file, or of all shards of a sharded model, behind one lookup.</summary>
/// <remarks>Reading is thread-safe. Spans and tensors are valid until <see cref="Dispose"/>, as for <see cref="SafetensorsFile"/>.</remarks>
public sealed partial class SafetensorsSet : IWeightSource
{
    /// <summary>File name of unsharded weights in a folder.</summary>
    internal const string SingleName = "model.safetensors";

    /// <summary>File name of the index of sharded weights in a folder.</summary>
    internal const string IndexName = "model.safetensors.index.json";

    private readonly Dictionary<string, SafetensorsFile> _fileOf = [];
    private readonly Dictionary<string, TensorInfo> _tensors = [];
    private readonly Dictionary<string, string> _unsupported = [];
    private readonly string _path;

    private SafetensorsSet(string path, List<SafetensorsFile> files)
    {
        _path = path;
        Files = files.AsReadOnly();
        Tensors = _tensors.AsReadOnly();
        UnsupportedTensors = _unsupported.AsReadOnly();
        foreach (SafetensorsFile file in files)
        {
            foreach (string name in file.Tensors.Keys.Concat(file.UnsupportedTensors.Keys))
            {
                if (!_fileOf.TryAdd(name, file))
                    throw new SafetensorsException(path, name, $"It stands in two shards, {_fileOf[name].Path} and {file.Path}.");
            }

            foreach ((string name, TensorInfo tensor) in file.Tensors)
                _tensors.Add(name, tensor);
            foreach ((string name, string dtype) in file.UnsupportedTensors)
                _unsupported.Add(name, dtype);
        }
    }

    /// <summary>The open files; shards in ordinal order of their names.</summary>
    public IReadOnlyList<SafetensorsFile> Files { get; }

    /// <summary>All readable tensors by name; offsets are those in the tensor's own file.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <inheritdoc cref="SafetensorsFile.UnsupportedTensors"/>
    public IReadOnlyDictionary<string, string> UnsupportedTensors { get; }

    /// <summary>Opens weights and, for a sharded model, checks the index against every shard.</summary>
    /// <param name="path">
    /// A .safetensors file; an index (<c>*.safetensors.index.json</c>); or a folder that holds <c>model.safetensors.index.json</c>, else
    /// <c>model.safetensors</c>, else exactly one other .safetensors file.
    /// </param>
    /// <exception cref="SafetensorsException">Nothing to open, a file breaks a rule of the format, or index and shards disagree.</exception>
    public static SafetensorsSet Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string file = Directory.Exists(path) ? FindInFolder(path) : path;
        return file.EndsWith(".index.json", StringComparison.OrdinalIgnoreCase) ? OpenShards(file) : OpenFiles(file, [file]);
    }

    /// <summary>True when there is a readable tensor of this name.</summary>
    public bool Contains(string name) => _tensors.ContainsKey(name);

    /// <inheritdoc cref="SafetensorsFile.GetBytes"/>
    public ReadOnlySpan<byte> GetBytes(string name) => FileOf(name).GetBytes(name);

    /// <inheritdoc cref="SafetensorsFile.GetTensor"/>
    public HostTensor GetTensor(string name) => FileOf(name).GetTensor(name);

    /// <summary>Unmaps all files. Spans and tensors taken from them must not be used any more.</summary>
    public void Dispose()
    {
        foreach (SafetensorsFile file in Files)
            file.Dispose();
    }

    private static SafetensorsSet OpenShards(string indexPath)
    {
        SafetensorsIndex index = SafetensorsIndex.Read(indexPath);
        string folder = Path.GetDirectoryName(indexPath)!;
        foreach (string shard in index.Shards)
        {
            if (!File.Exists(Path.Combine(folder, shard)))
                throw new SafetensorsException(indexPath, null, $"Shard {SafetensorsException.Quote(shard)} is missing: the index names {index.Shards.Count} files, and all of them must lie beside it.");
        }

        SafetensorsSet set = OpenFiles(indexPath, index.Shards.Select(shard => Path.Combine(folder, shard)));
        try
        {
            set.CheckAgainst(index);
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    private static SafetensorsSet OpenFiles(string path, IEnumerable<string> paths)
    {
        var files = new List<SafetensorsFile>();
        try
        {
            foreach (string file in paths)
                files.Add(SafetensorsFile.Open(file));
            return new SafetensorsSet(path, files);
        }
        catch
        {
            foreach (SafetensorsFile file in files)
                file.Dispose();
            throw;
        }
    }

    private static string FindInFolder(string folder)
    {
        foreach (string name in (ReadOnlySpan<string>)[IndexName, SingleName])
        {
            string candidate = Path.Combine(folder, name);
            if (File.Exists(candidate))
                return candidate;
        }

        string[] found = [.. Directory.EnumerateFiles(folder, "*.safetensors").Order(StringComparer.Ordinal)];
        string expected = $"Expected {IndexName}, {SingleName}, or exactly one .safetensors file";
        if (found.Length == 0)
            throw new SafetensorsException(folder, null, $"The folder holds no safetensors. {expected}. PyTorch files (.pth, .bin) are converted with unimed-convert.");
        if (found.Length > 1)
            throw new SafetensorsException(folder, null, $"The folder holds {found.Length} .safetensors files and no index. {expected}; or name the file to open.");
        if (ShardName().IsMatch(found[0]))
            throw new SafetensorsException(folder, null, $"The folder holds only the shard {Path.GetFileName(found[0])}, without {IndexName}. The other shards and the index are missing; the copy or conversion was not finished.");
        return found[0];
    }

    [GeneratedRegex(@"-\d{5}-of-(?!00001)\d{5}\.safetensors$")]
    private static partial Regex ShardName();

    private void CheckAgainst(SafetensorsIndex index)
    {
        foreach ((string name, string shard) in index.WeightMap)
        {
            if (!_fileOf.TryGetValue(name, out SafetensorsFile? file))
                throw new SafetensorsException(_path, name, $"The index places it in {shard}, which does not hold it; nor does another shard.");
            if (Path.GetFileName(file.Path) != shard)
                throw new SafetensorsException(_path, name, $"The index places it in {shard}, but it stands in {Path.GetFileName(file.Path)}.");
        }

        foreach ((string name, SafetensorsFile file) in _fileOf)
        {
            if (!index.WeightMap.ContainsKey(name))
                throw new SafetensorsException(_path, name, $"{Path.GetFileName(file.Path)} holds it, but the index does not name it.");
        }
    }

    private SafetensorsFile FileOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_fileOf.TryGetValue(name, out SafetensorsFile? file))
            return file;
        throw new SafetensorsException(_path, name, $"There is no such tensor; there are {_fileOf.Count} others in {Files.Count} file{(Files.Count == 1 ? "" : "s")}.");
    }
}
