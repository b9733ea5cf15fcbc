using UniMed.Inference;
using UniMed.Inference.Connector;
using UniMed.Inference.Language;
using UniMed.Inference.Model;
using UniMed.Inference.Scheduling;
using UniMed.Inference.Tasks;
using UniMed.Inference.Vision;
using UniMed.Native;

namespace UniMed.Conformance.Tests;

/// <summary>Logits at the last prompt position of golden cases, all in one pass: an image is encoded once, and a slow device computes full tiles. A case has the same bits alone.</summary>
internal static class GoldenLogits
{
    private const int BlockSize = 16;

    /// <summary>Computes them.</summary>
    /// <param name="loaded">The model. What its open studies keep is taken from them.</param>
    /// <param name="cases">The cases.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The logits of each case.</returns>
    public static IReadOnlyList<float[]> Last(UniMedModel loaded, IReadOnlyList<NanoCase> cases, CancellationToken cancellationToken)
    {
        ModelAssembly model = loaded.Assembly;
        var made = new Stack<IDisposable>();
        try
        {
            Dictionary<(string, UniMedTask), VisualTokens> visual = Encode(loaded, cases, made, cancellationToken);
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

    private static Dictionary<(string Path, UniMedTask Task), VisualTokens> Encode(UniMedModel loaded, IReadOnlyList<NanoCase> cases, Stack<IDisposable> made, CancellationToken cancellationToken)
    {
        var visual = new Dictionary<(string, UniMedTask), VisualTokens>();
        foreach (IGrouping<string, NanoCase> about in cases.Where(golden => golden.ImagePath is not null).GroupBy(golden => golden.ImagePath!))
        {
            MedicalImage image = MedicalImage.Load(about.Key);
            VisionFeatures? features = null;
            foreach (UniMedTask task in about.Select(golden => golden.Task).Distinct())
            {
                if (loaded.Visual.TryRent(new VisualKey(image.ContentHash, task)) is { } kept)
                {
                    made.Push(kept);
                    visual.Add((about.Key, task), kept.As<VisualTokens>());
                    continue;
                }

                if (features is null)
                    made.Push(features = loaded.Assembly.Vision.Encode([loaded.Assembly.Preprocessor.ToPixels(image)], cancellationToken)[0]);
                VisualTokens tokens = loaded.Assembly.Connector.Project(features, task);
                made.Push(tokens);
                visual.Add((about.Key, task), tokens);
            }
        }

        return visual;
    }
}
