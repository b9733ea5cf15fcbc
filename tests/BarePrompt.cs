using UniMed.Inference;
using UniMed.Inference.Connector;
using UniMed.Inference.Language;
using UniMed.Inference.Model;
using UniMed.Inference.Tasks;
using UniMed.Inference.Vision;
using UniMed.Native;

namespace UniMed.Tests;

/// <summary>A prompt with its image encoded, and a cache of its own: what a pass of the language model needs, without a scheduler.</summary>
internal sealed class BarePrompt : IDisposable
{
    private readonly ModelAssembly _model;
    private readonly VisionFeatures? _features;
    private readonly KvBlockPool _pool;
    private readonly KvReservation _blocks;

    /// <summary>Encodes it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompt">The whole prompt.</param>
    /// <param name="image">Its image; null without.</param>
    /// <param name="task">The task that routes the image.</param>
    /// <param name="newTokens">Positions behind the prompt.</param>
    public BarePrompt(ModelAssembly model, string prompt, MedicalImage? image, UniMedTask task, int newTokens = 0)
    {
        _model = model;
        if (image is not null)
        {
            _features = model.Vision.Encode([model.Preprocessor.ToPixels(image)], default)[0];
            Visual = model.Connector.Project(_features, task);
        }

        Ids = TokenizedPrompt.Tokenize(prompt, model.Tokenizer, model.Config.Prompt).Splice(Visual is null ? [] : [Visual.Count]);
        const int BlockSize = 16;
        int blocks = (Ids.Length + newTokens + BlockSize - 1) / BlockSize;
        _pool = new KvBlockPool(model.Device.CreateKvCache(model.Config.Language.NumHiddenLayers, model.Config.Language.NumKeyValueHeads, model.Config.Language.HeadDim, blocks, BlockSize));
        _blocks = _pool.TryLend(blocks)!;
        Sequence = new KvSequence(_blocks, BlockSize);
    }

    /// <summary>Token ids; ~i stands for visual token i.</summary>
    public int[] Ids { get; }

    /// <summary>What the language model sees of the image; null without.</summary>
    public VisualTokens? Visual { get; }

    /// <summary>The cache.</summary>
    public KvCache Cache => _pool.Cache;

    /// <summary>The prompt's place in it, empty yet.</summary>
    public KvSequence Sequence { get; }

    /// <summary>The model's log-probability of each of some tokens behind the prompt.</summary>
    public float[] Score(int[] tokens, CancellationToken cancellationToken)
    {
        int[] fed = [.. Ids, .. tokens[..^1]];
        using var pass = new LanguagePass(_model.Device, _model.Language, Cache, fed.Length, tokens.Length);
        Tensor logits = pass.Run([new SequenceInput(Sequence, fed, Visual?.Tokens)], [.. Enumerable.Range(Ids.Length - 1, tokens.Length)], cancellationToken);
        var scores = new float[tokens.Length];
        var row = new float[_model.Language.LogitColumns];
        for (int i = 0; i < tokens.Length; i++)
        {
            _model.Device.Download(logits.Slice(i, 1), row);
            LogitsProcessors.LogSoftmax(row);
            scores[i] = row[tokens[i]];
        }

        return scores;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _blocks.Dispose();
        _pool.Dispose();
        Visual?.Dispose();
        _features?.Dispose();
    }
}
