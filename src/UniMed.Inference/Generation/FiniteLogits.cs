namespace UniMed.Inference.Generation;

/// <summary>Refuses to choose tokens from a model whose logits are not numbers.</summary>
internal static class FiniteLogits
{
    /// <summary>Checks a row of log-softmax: one value that is no number makes all of them so.</summary>
    /// <exception cref="UniMedException">The logits were not finite.</exception>
    public static void Require(ReadOnlySpan<float> logProbabilities) => Require(logProbabilities[0]);

    /// <summary>Checks a log-probability.</summary>
    /// <exception cref="UniMedException">The logits were not finite.</exception>
    public static void Require(float logProbability)
    {
        if (float.IsNaN(logProbability))
        {
            throw new UniMedException(
                UniMedFailure.ModelFiles,
                "The model's logits are not finite numbers, so no token can be chosen. Weights that overflow in f16 do this: convert the model again with --dtype bf16 or f32, or check the checkpoint.");
        }
    }
}
