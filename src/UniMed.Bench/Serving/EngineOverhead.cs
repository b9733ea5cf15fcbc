using UniMed.Inference;
using UniMed.Inference.Connector;
using UniMed.Inference.Generation;
using UniMed.Inference.Model;
using UniMed.Inference.Tasks;
using UniMed.Inference.Vision;
using UniMed.Native;

namespace UniMed.Bench.Serving;

/// <summary>What one request pays for going through a scheduler: time per output token of the bare steps and of the engine, in turns.</summary>
internal sealed class EngineOverhead(UniMedModel model, UniMedEngine engine, ServingRequest request, int newTokens)
{
    private readonly RequestOptions _options = ServingBenchmark.Exactly(newTokens);

    /// <summary>One answer of each.</summary>
    /// <param name="engineFirst">Who begins.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Mean milliseconds of the tokens after the first.</returns>
    /// <exception cref="UniMedException">The two answers differ.</exception>
    public async Task<(double Bare, double Engine)> PairAsync(bool engineFirst, CancellationToken cancellationToken)
    {
        TextAnswer? through = engineFirst ? await AskEngineAsync(cancellationToken).ConfigureAwait(false) : null;
        GeneratedSequence alone = await Task.Run(() => Generate(cancellationToken), cancellationToken).ConfigureAwait(false);
        through ??= await AskEngineAsync(cancellationToken).ConfigureAwait(false);
        ServingBenchmark.RequireLength(through, newTokens);
        return alone.TokenIds.SequenceEqual(through.TokenIds)
            ? (TokenTime(alone.TokenMilliseconds), TokenTime(through.Timings!.Tokens))
            : throw new UniMedException(UniMedFailure.Internal, "The engine's answer is not that of the bare steps: this is a fault in UniMed, please report it.");
    }

    private async Task<TextAnswer> AskEngineAsync(CancellationToken cancellationToken) =>
        await engine.GenerateAsync(request.Prompt, request.Images, request.Task, _options, cancellationToken).AsTask().ConfigureAwait(false);

    private GeneratedSequence Generate(CancellationToken cancellationToken)
    {
        ModelAssembly parts = model.Assembly;
        var buffers = new List<IDisposable>();
        try
        {
            var tokens = new List<VisualTokens>();
            foreach (MedicalImage image in request.Images)
            {
                VisionFeatures features = parts.Vision.Encode([parts.Preprocessor.ToPixels(image)], cancellationToken)[0];
                buffers.Add(features);
                tokens.Add(parts.Connector.Project(features, request.Task));
                buffers.Add(tokens[^1]);
            }

            (Tensor? joined, DeviceBuffer? buffer) = VisualTokens.Join(parts.Device, tokens);
            if (buffer is not null)
                buffers.Add(buffer);
            int[] ids = TokenizedPrompt.Tokenize(request.Prompt, parts.Tokenizer, parts.Config.Prompt).Splice([.. tokens.Select(image => image.Count)]);
            var generator = new BareGenerator(parts.Device, parts.Language, parts.Cache, parts.DecodePasses, parts.Tokenizer);
            return generator.Generate([new GenerationRequest(ids, joined, _options.Generation, null)], cancellationToken)[0];
        }
        finally
        {
            buffers.ForEach(buffer => buffer.Dispose());
        }
    }

    /// <summary>The steps that both sides take in the same place, between one chosen token and the next.</summary>
    private static double TokenTime(IReadOnlyList<double> steps) => steps.Skip(1).Average();
}
