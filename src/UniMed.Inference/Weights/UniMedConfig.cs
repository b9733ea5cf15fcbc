namespace UniMed.Inference;

/// <summary>What <c>config.json</c> of a converted model folder says: every size, option and convention the engine needs, and where the weights came from.</summary>
/// <remarks>Written by <c>unimed-convert</c>; names are snake_case in the file. Immutable.</remarks>
public sealed record UniMedConfig
{
    /// <summary>The only <see cref="Format"/> there is.</summary>
    public const string FormatName = "unimed";

    /// <summary>The newest <see cref="FormatVersion"/> this library reads and writes.</summary>
    public const int CurrentVersion = 1;

    /// <summary>Always "unimed": tells this file from a Hugging Face config.json.</summary>
    public string Format { get; init; } = FormatName;

    /// <summary>Version of the folder's layout.</summary>
    public int FormatVersion { get; init; } = CurrentVersion;

    /// <summary>The EVA-CLIP vision transformer.</summary>
    public required VisionConfig Vision { get; init; }

    /// <summary>The connector between the vision transformer and the language model.</summary>
    public required ConnectorConfig Connector { get; init; }

    /// <summary>The LLaMA language model.</summary>
    public required LanguageConfig Language { get; init; }

    /// <summary>How an image becomes pixels.</summary>
    public required PreprocessConfig Preprocess { get; init; }

    /// <summary>Prompt template, task tags and special tokens.</summary>
    public required PromptConfig Prompt { get; init; }

    /// <summary>The source files and what the converter did.</summary>
    public required ProvenanceConfig Provenance { get; init; }
}
