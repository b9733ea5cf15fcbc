using Spectre.Console;
using UniMed.Inference;

namespace UniMed.Cli.Rendering;

/// <summary>Shows a model folder to a person.</summary>
internal static class InfoPrinter
{
    public static void Print(IAnsiConsole console, InfoRecord info)
    {
        console.Write(new Text(TerminalText.Safe(info.Folder) + "\n"));
        console.Write(Options(info.Config));
        console.Write(Sums("part", info.Parts));
        console.Write(Sums("stored as", info.Dtypes));
        console.Write(Sources(info));
    }

    private static Table Options(UniMedConfig config)
    {
        VisionConfig vision = config.Vision;
        ConnectorConfig connector = config.Connector;
        LanguageConfig language = config.Language;
        Table table = NewTable("part", "what it is");
        Row("image", $"{vision.ImageSize} x {vision.ImageSize} pixels, {config.Preprocess.Resample}, patches of {vision.PatchSize} x {vision.PatchSize}");
        Row("vision", $"{vision.Depth} blocks, width {vision.EmbedDim}, {vision.NumHeads} heads, MLP {vision.MlpDim}");
        Row("connector", $"projector_type {connector.ProjectorType}, resample_method {connector.ResampleMethod.Name()}, resample_rate {connector.ResampleRate}");
        if (connector.HasMoe)
        {
            Row("experts", $"{connector.NumExperts}, router_type {connector.RouterType?.Name()}, router_method {connector.RouterMethod?.Name()}"
                + (connector.SparseTopk > 0 ? $", sparse_topk {connector.SparseTopk}" : ""));
        }

        Row("task tokens", connector.NumTaskTokens > 0 ? $"{connector.NumTaskTokens} of width {connector.TaskTokenC} for each task" : "none");
        Row("language", $"{language.NumHiddenLayers} layers, width {language.HiddenSize}, {language.NumAttentionHeads} heads of {language.HeadDim} "
            + $"({language.NumKeyValueHeads} for keys and values), MLP {language.IntermediateSize}");
        Row("text", $"{language.VocabSize} tokens, {language.MaxPositionEmbeddings} positions, rope_theta {language.RopeTheta}");
        return table;

        void Row(string name, string value) => table.AddRow(Plain(name), Plain(value));
    }

    private static Table Sums(string what, IReadOnlyList<WeightSum> sums)
    {
        Table table = NewTable(what, "tensors", "parameters", "bytes on disk");
        foreach (WeightSum sum in sums.Append(new WeightSum("all", sums.Sum(s => s.Tensors), sums.Sum(s => s.Parameters), sums.Sum(s => s.Bytes))))
            table.AddRow(Plain(sum.Name), Number(sum.Tensors), Number(sum.Parameters), Number(sum.Bytes));
        return table;
    }

    private static Table Sources(InfoRecord info)
    {
        ProvenanceConfig provenance = info.Config.Provenance;
        Table table = NewTable("converted from", "role", "bytes", "SHA-256");
        foreach (SourceFile source in provenance.Sources)
            table.AddRow(Plain(source.Name), Plain(source.Role), Number(source.Bytes), Plain(source.Sha256));
        string lora = provenance.LoraRank > 0
            ? FormattableString.Invariant($", LoRA merged (rank {provenance.LoraRank}, alpha {provenance.LoraAlpha})")
            : "";
        string files = string.Join(", ", info.Files.Select(file => FormattableString.Invariant($"{file.Name} ({file.Bytes:N0} bytes)")));
        table.Caption = new TableTitle(Markup.Escape(TerminalText.Safe($"{provenance.Converter}, dtype {provenance.Dtype}{lora}; weights in {files}")));
        return table;
    }

    private static Table NewTable(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Rounded);
        foreach (string column in columns)
        {
            var shown = new TableColumn(new Text(column));
            table.AddColumn(column is "tensors" or "parameters" or "bytes" or "bytes on disk" ? shown.RightAligned() : shown);
        }

        return table;
    }

    private static Text Plain(string text) => new(TerminalText.Safe(text));

    private static Text Number(long number) => new(FormattableString.Invariant($"{number:N0}"));
}
