using System.Collections.Concurrent;
using UniMed.WeightsConverter;

namespace UniMed.Conformance.Tests;

/// <summary>Converts golden connector checkpoints, each once.</summary>
public sealed class ConvertedConnectors : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("unimed-connectors-").FullName;
    private readonly ConcurrentDictionary<string, Lazy<string>> _folders = new();

    /// <summary>Folder of a converted configuration.</summary>
    public string Folder(string name) => _folders.GetOrAdd(name, _ => new Lazy<string>(() => Convert(name))).Value;

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_root, recursive: true);

    private string Convert(string name)
    {
        string folder = Path.Combine(_root, name);
        Converter.Convert(new ConversionRequest
        {
            VisionPath = Golden.Path("connectors", "eva_vit_g.pth"),
            LanguageFolder = Golden.Path("connectors", "llm"),
            CheckpointPath = Golden.Path("connectors", name + ".pth"),
            OutputFolder = folder,
            Dtype = WeightDtype.Keep,
            // A width of 24 is no multiple of the authors' 88 channels a head.
            Options = new ConversionOptions { VitHeads = 2 },
        });
        return folder;
    }
}
