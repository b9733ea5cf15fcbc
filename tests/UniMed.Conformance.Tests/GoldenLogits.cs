using UniMed.Inference;
using UniMed.Inference.Connector;
using UniMed.Inference.Language;
using UniMed.Inference.Model;
using UniMed.Inference.Tasks;
using UniMed.Inference.Vision;
using UniMed.Native;

namespace UniMed.Conformance.Tests;

/// <summary>Logits at the last prompt position of golden cases, all in one pass: an image is encoded once, and a slow device computes full tiles. A case has the same bits alone.</summary>
internal static class GoldenLogits
{
    private const int BlockSize = 16;

    /// <summary>Computes them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="cases">The cases.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The logits of each case.</returns>
    public static IReadOnlyList<float[]> Last(ModelAssembly model, IReadOnlyList<NanoCase> cases, CancellationToken cancellationToken)
    {
        var made = new Stack<IDisposable>();
        try
        {
            Dictionary<(string, UniMedTask), VisualTokens> visual = Encode(model, cases, made, cancellationToken);
            VisualTokens?[] images = [.. cases.Select(nanoCase => nanoCase.ImagePath is { } path ? visual[(path, nanoCase.Task)] : null)];
            int[][] ids =
            [
                .. cases.Zip(images, (nanoCase, image) => TokenizedPrompt.Tokenize(nanoCase.Prompt, model.Tokenizer, model.Config.Prompt).Splice(image is null ? [] : [image.Count])),
            ];
            int[] blocks = [.. ids.Select(row => (row.Length + BlockSize - 1) / BlockSize)];
            LanguageConfig language = model.Config.Language;
            var pool = new KvBlockPool(model.Device.CreateKvCache(language.NumHiddenLayers, language.NumKeyValueHeads, language.HeadDim, blocks.Sum(), BlockSize));
            made.Push(pool);
            var inputs = new SequenceInput[cases.Count];
            for (int i = 0; i < inputs.Length; i++)
            {
                KvReservation reserved = pool.TryLend(blocks[i])!;
                made.Push(reserved);
                inputs[i] = new SequenceInput(new KvSequence(reserved, BlockSize), ids[i], images[i]?.Tokens);
            }

            var pass = new LanguagePass(model.Device, model.Language, pool.Cache, ids.Sum(row => row.Length), inputs.Length);
            made.Push(pass);
            Tensor logits = pass.Run(inputs, cancellationToken);
            float[][] rows = [.. inputs.Select(_ => new float[logits.Columns])];
            for (int i = 0; i < rows.Length; i++)
                model.Device.Download(logits.Slice(i, 1), rows[i]);
            return rows;
        }
        finally
        {
            while (made.TryPop(out IDisposable? last))
                last.Dispose();
        }
    }

    private static Dictionary<(string Path, UniMedTask Task), VisualTokens> Encode(ModelAssembly model, IReadOnlyList<NanoCase> cases, Stack<IDisposable> made, CancellationToken cancellationToken)
    {
        string[] paths = [.. cases.Select(nanoCase => nanoCase.ImagePath).OfType<string>().Distinct()];
        VisionFeatures[] features = model.Vision.Encode([.. paths.Select(path => model.Preprocessor.ToPixels(MedicalImage.Load(path)))], cancellationToken);
        foreach (VisionFeatures image in features)
            made.Push(image);
        var visual = new Dictionary<(string, UniMedTask), VisualTokens>();
        foreach ((string path, VisionFeatures image) in paths.Zip(features))
        {
            UniMedTask[] tasks = [.. cases.Where(nanoCase => nanoCase.ImagePath == path).Select(nanoCase => nanoCase.Task).Distinct()];
            foreach ((UniMedTask task, VisualTokens tokens) in tasks.Zip(model.Connector.Project(image, tasks)))
            {
                visual.Add((path, task), tokens);
                made.Push(tokens);
            }
        }

        return visual;
    }
}
