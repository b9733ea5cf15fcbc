using System.Diagnostics;
using UniMed.Inference;
using UniMed.Inference.Connector;
using UniMed.Inference.Generation;
using UniMed.Inference.Vision;
using UniMed.Native;

namespace UniMed.Bench;

/// <summary>Answers the same made-up questions again and again, through the parts every question passes, and takes the time.</summary>
/// <remarks>Images are seeded noise, prompts seeded token ids: visual tokens first, then text.</remarks>
internal sealed class AnswerBenchmark
{
    private const int FirstWord = 3;

    private readonly BenchmarkModel _model;
    private readonly AnswerLoad _load;
    private readonly float[][] _pixels;
    private readonly int[][] _prompts;
    private readonly GenerationOptions _options;

    /// <summary>Prepares a load.</summary>
    /// <param name="model">The model.</param>
    /// <param name="load">What to answer.</param>
    /// <param name="seed">Seed of images and prompts.</param>
    /// <exception cref="UniMedException">The model cannot take the load.</exception>
    public AnswerBenchmark(BenchmarkModel model, AnswerLoad load, int seed)
    {
        int visual = load.Images * (model.Connector?.TokensPerImage ?? 0);
        if (load.Images > 0 && model.Connector is null)
            throw new UniMedException(UniMedFailure.InvalidInput, "The model is a language model alone and takes no images. Ask for 0 images.");
        if (load.PromptTokens <= visual)
            throw new UniMedException(UniMedFailure.InvalidInput, $"{load.Images} images take {visual} positions, and the prompt has {load.PromptTokens} in all. Ask for a longer prompt or fewer images.");
        if (load.PromptTokens + load.NewTokens - 1 > model.Language.Config.MaxPositionEmbeddings)
        {
            throw new UniMedException(
                UniMedFailure.InvalidInput,
                $"{load.PromptTokens} prompt tokens and {load.NewTokens} new ones do not fit the model's {model.Language.Config.MaxPositionEmbeddings} positions. Ask for fewer.");
        }

        _model = model;
        _load = load;
        var random = new Random(seed);
        _pixels = [.. Enumerable.Range(0, load.Batch * load.Images).Select(_ => Noise(random, model.VisionConfig!.ImageSize))];
        _prompts = [.. Enumerable.Range(0, load.Batch).Select(_ => Prompt(random, visual, load.PromptTokens, model.Language.Config.VocabSize))];
        // Lengths count the begin-of-sequence token: the end token is out of reach until the last new token.
        _options = new GenerationOptions { MaxNewTokens = load.NewTokens, MinLength = load.NewTokens + 1 };
    }

    /// <summary>Answers the whole batch once.</summary>
    public async Task<AnswerTimes> RunAsync(CancellationToken cancellationToken)
    {
        var buffers = new List<IDisposable>();
        try
        {
            (Tensor?[] visualTokens, double vision, double connector) = Encode(buffers, cancellationToken);
            GenerationRequest[] requests = [.. _prompts.Select((ids, i) => new GenerationRequest(ids, visualTokens[i], _options, null))];
            GeneratedSequence[] answers = await Task.Run(() => _model.Generator.Generate(requests, cancellationToken), cancellationToken).ConfigureAwait(false);
            IReadOnlyList<double> tokens = answers[0].TokenMilliseconds;
            if (answers.Any(answer => answer.TokenIds.Count != _load.NewTokens))
                throw new UniMedException(UniMedFailure.Internal, $"The answers have {string.Join(", ", answers.Select(answer => answer.TokenIds.Count))} tokens instead of {_load.NewTokens}: times of unequal answers say nothing.");
            // The choice of the first token is where the host waits for the prompt.
            return new AnswerTimes(vision, connector, answers[0].PrefillMilliseconds + tokens[0], [.. tokens.Skip(1)]);
        }
        finally
        {
            buffers.ForEach(buffer => buffer.Dispose());
        }
    }

    private (Tensor?[] VisualTokens, double Vision, double Connector) Encode(List<IDisposable> buffers, CancellationToken cancellationToken)
    {
        var visualTokens = new Tensor?[_load.Batch];
        if (_load.Images == 0)
            return (visualTokens, 0, 0);

        long started = Stopwatch.GetTimestamp();
        VisionFeatures[] features = _model.Vision!.Encode(_pixels, cancellationToken);
        buffers.AddRange(features);
        Wait(features[^1].Tokens);
        double vision = Stopwatch.GetElapsedTime(started).TotalMilliseconds;

        started = Stopwatch.GetTimestamp();
        VisualTokens[] projected = [.. features.Select(image => _model.Connector!.Project(image, UniMedTask.Vqa))];
        buffers.AddRange(projected);
        for (int request = 0; request < _load.Batch; request++)
            visualTokens[request] = Join(projected.AsSpan(request * _load.Images, _load.Images), buffers);
        Wait(projected[^1].Tokens);
        return (visualTokens, vision, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    private Tensor Join(ReadOnlySpan<VisualTokens> images, List<IDisposable> buffers)
    {
        if (images.Length == 1)
            return images[0].Tokens;
        int rows = images[0].Count;
        int columns = images[0].Tokens.Columns;
        DeviceBuffer buffer = _model.Device.Allocate((long)images.Length * rows * columns);
        buffers.Add(buffer);
        Tensor joined = buffer.AsTensor(images.Length * rows, columns);
        for (int image = 0; image < images.Length; image++)
            _model.Device.Copy(images[image].Tokens, joined.Slice(image * rows, rows));
        return joined;
    }

    /// <summary>Operations may run after their call returns; reading a result waits for them.</summary>
    private void Wait(Tensor result)
    {
        var row = new float[result.Columns];
        _model.Device.Download(result.Slice(result.Rows - 1, 1), row);
        if (!row.All(float.IsFinite))
            throw new UniMedException(UniMedFailure.Internal, "A result is not finite: times of broken numbers say nothing.");
    }

    private static float[] Noise(Random random, int side)
    {
        var pixels = new float[3 * side * side];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (4 * random.NextSingle()) - 2;
        return pixels;
    }

    private static int[] Prompt(Random random, int visual, int length, int vocabulary)
    {
        var ids = new int[length];
        for (int i = 0; i < length; i++)
            ids[i] = i < visual ? ~i : random.Next(FirstWord, vocabulary);
        return ids;
    }
}
