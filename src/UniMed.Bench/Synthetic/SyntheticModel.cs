using UniMed.Inference;

namespace UniMed.Bench.Synthetic;

/// <summary>A whole model with random weights and the vocabulary of bytes: its speed is real, what it says means nothing.</summary>
internal static class SyntheticModel
{
    /// <summary>Makes one.</summary>
    /// <param name="shape">Sizes of a whole model.</param>
    /// <param name="dtype">How matrices are stored.</param>
    /// <param name="seed">Seed of the weights.</param>
    /// <param name="options">Device and limits.</param>
    /// <exception cref="ArgumentException">The shape is a language model alone.</exception>
    /// <exception cref="UniMedException">The device is not there, or has no memory for the cache.</exception>
    public static UniMedModel Create(SyntheticShape shape, SyntheticDtype dtype, int seed, UniMedModelOptions options)
    {
        UniMedConfig config = shape.ToConfig() ?? throw new ArgumentException($"{shape.Name} is a language model alone.", nameof(shape));
        return UniMedModel.Of(shape.Name, config, ByteVocabulary.Tokenizer(config.Language.VocabSize), new SyntheticWeights(shape, dtype, seed), options);
    }
}
