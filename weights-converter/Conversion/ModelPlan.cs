using UniMed.Inference;
using UniMed.Inference.Weights;
using UniMed.WeightsConverter.Reporting;
using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>A whole model, found in its sources and checked; nothing is written yet.</summary>
internal sealed class ModelPlan
{
    /// <summary>Stands for the provenance until the sources are read.</summary>
    private static readonly ProvenanceConfig Unhashed = new() { Converter = "unimed-convert", Dtype = "keep", Sources = [] };

    private readonly TensorPlan _plan;
    private readonly OptionResolver _options;
    private readonly VisionConfig _vision;
    private readonly ConnectorConfig _connector;
    private readonly LanguageConfig _language;
    private readonly PromptConfig _prompt;
    private readonly IReadOnlyDictionary<string, LoraPair> _lora;
    private readonly List<UnusedKey> _unused;

    private ModelPlan(VisionFile vision, LanguageFolder language, CheckpointFile checkpoint, ConversionOptions flags)
    {
        _plan = new TensorPlan();
        _options = new OptionResolver(checkpoint.Name, checkpoint.Options);
        _vision = new VisionPlanner(_plan, vision, checkpoint.Pool, _options, flags).Plan();
        _language = LanguageConfigReader.ReadSizes(language.Config);
        foreach (string note in language.Notes)
            _plan.AddNote(note);
        _prompt = new PromptConfigReader(language, _language, _plan).Read();
        CheckpointInventory inventory = CheckpointInventory.Take(checkpoint.Pool);
        _connector = new ConnectorOptions(_options, flags, inventory, checkpoint.Name).Decide();
        new ConnectorPlanner(_plan, checkpoint.Pool, _connector, _vision, _language.HiddenSize).Plan();
        _lora = new LanguagePlanner(_plan, language.Pool, checkpoint.Pool, _language).Plan(new LoraCollector(_plan, checkpoint.Pool, _options, flags));
        _unused =
        [
            .. _plan.Finish(vision.Pool, _language),
            .. _plan.Finish(language.Pool, _language),
            .. _plan.Finish(checkpoint.Pool, _language),
        ];
        _plan.ThrowIfIncomplete();
        UniMedConfigValidation.Check("The sources and options make a model that cannot be loaded", ToConfig(Unhashed), "Correct the source or the option that the value comes from.");
        Sources = [.. vision.Paths, .. language.Paths, new SourcePath("checkpoint", checkpoint.Path)];
    }

    /// <summary>The tensors to write: vision, connector, language.</summary>
    public IReadOnlyList<PlannedTensor> Tensors => _plan.Tensors;

    /// <summary>Every file that was read.</summary>
    public IReadOnlyList<SourcePath> Sources { get; }

    /// <summary>Rank of the LoRA pairs, 0 without.</summary>
    public int LoraRank => _lora.Values.FirstOrDefault()?.Rank ?? 0;

    /// <summary>Alpha of the LoRA pairs, 0 without.</summary>
    public double LoraAlpha => _lora.Values.FirstOrDefault()?.Alpha ?? 0;

    /// <summary>Finds and checks everything.</summary>
    /// <exception cref="ConversionException">Something is missing, has a wrong shape, or contradicts something else.</exception>
    public static ModelPlan Make(VisionFile vision, LanguageFolder language, CheckpointFile checkpoint, ConversionOptions flags) =>
        new(vision, language, checkpoint, flags);

    /// <summary>The configuration file of the output.</summary>
    public UniMedConfig ToConfig(ProvenanceConfig provenance) => new()
    {
        Vision = _vision,
        Connector = _connector,
        Language = _language,
        Preprocess = new PreprocessConfig(),
        Prompt = _prompt,
        Provenance = provenance,
    };

    /// <summary>How each tensor is written.</summary>
    /// <exception cref="ConversionException">Options about formats contradict each other.</exception>
    public FormatPlan PlanFormats(ConversionRequest request) => new(request);

    /// <summary>The report, except for the files that writing makes.</summary>
    public ConversionReport ToReport(ConversionRequest request, string dtype, FormatPlan formats) => new()
    {
        Output = request.OutputFolder,
        Dtype = dtype,
        OutputBytes = 0,
        OutputFiles = [],
        Options = _options.Resolved,
        Used = [.. Tensors.Select(t => Describe(t, formats))],
        Formats =
        [
            .. Tensors.GroupBy(t => formats.Of(t).Name)
                .OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => new FormatTotal(g.Key, g.Count(), g.Sum(t => formats.Of(t).ByteLength(t.Source.Shape)))),
        ],
        Kept = [.. Tensors.Where(t => formats.ReasonForMoreBits(t) is not null).Select(t => new KeptTensor(t.Name, formats.Of(t).Name, formats.ReasonForMoreBits(t)!))],
        Merged = [.. Tensors.Where(t => t.Lora is not null).Select(t => new MergedLora(t.Name, t.Lora!.Rank, t.Lora.Alpha))],
        Overridden = _plan.Overridden,
        Unused = _unused,
        Ignored = _plan.Ignored,
        Missing = _plan.Missing,
        Notes = _plan.Notes,
    };

    private static UsedTensor Describe(PlannedTensor tensor, FormatPlan formats)
    {
        SourceTensor source = tensor.Source;
        return new UsedTensor(tensor.Name, source.File, source.Key, source.Shape, source.Type.ToString(), formats.Of(tensor).Name);
    }
}
