using System.Reflection;
using UniMed.Inference;
using UniMed.WeightsConverter.Conversion;
using UniMed.WeightsConverter.Reporting;
using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter;

/// <summary>Turns the authors' three sources (vision transformer, language model, training checkpoint) into one folder that the engine loads.</summary>
/// <remarks>
/// The same sources and options give the same bytes. Memory is bounded by pieces of one tensor, not by the model. Thread-safe: conversions share nothing but the disk.
/// </remarks>
public static class Converter
{
    /// <summary>Converts.</summary>
    /// <param name="request">Sources, output and options.</param>
    /// <param name="progress">Told how far it is, often, on the converting thread; or null.</param>
    /// <param name="cancellation">Stops the conversion; nothing is left behind.</param>
    /// <returns>What was done with every key.</returns>
    /// <exception cref="UniMedException">A source is not usable, options contradict each other or the tensors, tensors are missing or have a wrong shape, or the output cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The conversion was cancelled.</exception>
    public static ConversionReport Convert(ConversionRequest request, IProgress<ConversionProgress>? progress = null, CancellationToken cancellation = default) =>
        Convert(request, progress, null, cancellation);

    /// <summary>Converts, and says first what it is about to do.</summary>
    /// <param name="request">Sources, output and options.</param>
    /// <param name="progress">Told how far it is, often, on the converting thread; or null.</param>
    /// <param name="planned">Told once, on the converting thread: after every check that can be made first, before the long work; or null.</param>
    /// <param name="cancellation">Stops the conversion; nothing is left behind.</param>
    /// <returns>What was done with every key.</returns>
    /// <inheritdoc cref="Convert(ConversionRequest, IProgress{ConversionProgress}, CancellationToken)" path="/exception"/>
    public static ConversionReport Convert(ConversionRequest request, IProgress<ConversionProgress>? progress, Action<ConversionPlan>? planned, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(request.MaxShardBytes);
        OutputFolder.Check(request);
        using VisionFile vision = VisionFile.Open(request.VisionPath);
        using LanguageFolder language = LanguageFolder.Open(request.LanguageFolder, config => LanguagePlanner.Keys(LanguageConfigReader.ReadSizes(config)));
        using CheckpointFile checkpoint = CheckpointFile.Open(request.CheckpointPath);
        cancellation.ThrowIfCancellationRequested();

        ModelPlan model = ModelPlan.Make(vision, language, checkpoint, request.Options);
        FormatPlan formats = model.PlanFormats(request);
        using OutputFolder output = OutputFolder.Create(request.OutputFolder, request.Force);
        PlannedSource[] sources = [.. model.Sources.Select(s => new PlannedSource(s.Role, s.Path, new FileInfo(s.Path).Length))];
        ConversionReport report = model.ToReport(request, OptionText.Of(request.Dtype).ToLowerInvariant(), formats);
        report = report with { Notes = [.. output.Notes, .. report.Notes], OutputBytes = report.Formats.Sum(f => f.Bytes) };
        long? free = FreeSpace.At(output.PartialPath);
        FreeSpace.Check(request.OutputFolder, report.OutputBytes, free);
        planned?.Invoke(new ConversionPlan(report, sources, free));
        output.Write(() =>
        {
            Write(request, model, formats, language, output.PartialPath, progress, cancellation);
            List<FileInfo> files = [.. new DirectoryInfo(output.PartialPath).EnumerateFiles().OrderBy(f => f.Name, StringComparer.Ordinal)];
            report = report with { OutputFiles = [.. files.Select(f => f.Name)], OutputBytes = files.Sum(f => f.Length) };
            cancellation.ThrowIfCancellationRequested();
            output.Publish();
        });
        return report;
    }

    private static void Write(
        ConversionRequest request, ModelPlan model, FormatPlan formats, LanguageFolder language, string folder, IProgress<ConversionProgress>? progress, CancellationToken cancellation)
    {
        var provenance = new ProvenanceConfig
        {
            Converter = $"unimed-convert {Assembly.GetExecutingAssembly().GetName().Version!.ToString(3)}",
            Dtype = OptionText.Of(request.Dtype).ToLowerInvariant(),
            Sources = SourceHasher.Hash(model.Sources, progress, cancellation),
            LoraRank = model.LoraRank,
            LoraAlpha = model.LoraAlpha,
        };
        UniMedConfigFile.Write(Path.Combine(folder, UniMedConfigFile.FileName), model.ToConfig(provenance));
        new TensorStreamer(formats, progress, cancellation).Write(folder, model.Tensors, request.MaxShardBytes);
        foreach (string path in language.TokenizerPaths)
            CopyTokenizer(path, Path.Combine(folder, Path.GetFileName(path)));
        if (language.TokenizerPaths.Count == 1)
            File.WriteAllBytes(Path.Combine(folder, SpecialTokensMap.FileName), SpecialTokensMap.OfTokenizerAlone);
    }

    /// <summary>Copies the bytes and not the attributes: a read-only source must not make the output undeletable.</summary>
    private static void CopyTokenizer(string from, string to)
    {
        using FileStream source = File.OpenRead(from);
        using FileStream target = File.Create(to);
        source.CopyTo(target);
    }
}
