namespace UniMed.Inference.Weights.Layout;

/// <summary>
/// The tensors that a configuration asks for: names, shapes, roles. The only place where they are written; the loader, the converter and synthetic weights read it. Immutable.
/// </summary>
internal sealed class ModelLayout
{
    private readonly Dictionary<string, LayoutTensor> _byName;

    /// <summary>Lays a language model out, and what looks at images before it.</summary>
    /// <param name="language">The language model.</param>
    /// <param name="vision">The vision transformer; null for a language model alone.</param>
    /// <param name="connector">The connector; null without a vision transformer.</param>
    public ModelLayout(LanguageConfig language, VisionConfig? vision = null, ConnectorConfig? connector = null)
    {
        Vision = vision is null ? null : new VisionLayout(vision);
        Connector = vision is null || connector is null ? null : new ConnectorLayout(vision, connector, language.HiddenSize);
        Language = new LanguageLayout(language);
        Tensors = [.. Vision?.Tensors ?? [], .. Connector?.Tensors ?? [], .. Language.Tensors];
        _byName = Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>Vision transformer and ln_vision; null for a language model alone.</summary>
    public VisionLayout? Vision { get; }

    /// <summary>Connector; null for a language model alone.</summary>
    public ConnectorLayout? Connector { get; }

    /// <summary>Language model.</summary>
    public LanguageLayout Language { get; }

    /// <summary>All tensors: vision, connector, language.</summary>
    public IReadOnlyList<LayoutTensor> Tensors { get; }

    /// <summary>The layout of a whole model.</summary>
    public static ModelLayout Of(UniMedConfig config) => new(config.Language, config.Vision, config.Connector);

    /// <summary>The tensor of a name; null when the model asks for none.</summary>
    public LayoutTensor? Find(string name) => _byName.GetValueOrDefault(name);
}
