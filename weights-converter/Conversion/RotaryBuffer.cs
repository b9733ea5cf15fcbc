using System.Globalization;
using UniMed.Inference;
using UniMed.Native;
using UniMed.WeightsConverter.Sources;
using UniMed.WeightsConverter.Torch;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>
/// The inverse frequencies that older versions of Transformers save beside the weights: theta^(-2i/d). The model was trained with them, so they tell whether config.json says the same base.
/// </summary>
internal static class RotaryBuffer
{
    /// <summary>Buffers went through f16 or bf16 with the rest of the model, whatever they are stored as: bf16 keeps 8 bits, and f16 has steps of 6e-8 near 0.</summary>
    private const double Relative = 5e-3;
    private const double Absolute = 1e-7;

    /// <summary>What is wrong with a buffer rotary_emb.inv_freq, or null.</summary>
    /// <param name="tensor">The buffer.</param>
    /// <param name="config">What config.json says.</param>
    public static string? Compare(SourceTensor tensor, LanguageConfig config)
    {
        if (tensor.Type.ToElementType() is not { } type || !type.IsFloat())
            return null;
        int count = config.HeadDim / 2;
        if (tensor.Count != count)
            return $"{tensor.File}: \"{tensor.Key}\" holds {tensor.Count} frequencies, but heads of {config.HeadDim} channels (config.json) have {count}. The two belong to different models.";
        var stored = new byte[count * type.Size()];
        tensor.Read(0, stored);
        var found = new float[count];
        FloatConversion.ToSingle(stored, type, found);
        for (int i = 0; i < count; i++)
        {
            double expected = Math.Pow(config.RopeTheta, -2.0 * i / config.HeadDim);
            if (!(Math.Abs(found[i] - expected) <= (Relative * expected) + Absolute))
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{tensor.File}: \"{tensor.Key}\" is the model's own rotary embedding, and it is not that of rope_theta {config.RopeTheta:g9} in config.json: frequency {i} is {found[i]:g6}, {expected:g6} is expected")
                    + $"{Guess(found, config.HeadDim)}. Correct config.json of the language folder, or give the folder that belongs to these weights.";
            }
        }

        return null;
    }

    /// <summary>The base that would explain the last frequency, where one base explains all.</summary>
    private static string Guess(float[] found, int headDim)
    {
        int last = found.Length - 1;
        if (last < 1 || !(found[last] > 0) || !(Math.Abs(found[0] - 1) < 1e-2))
            return "";
        double theta = Math.Pow(found[last], -headDim / (2.0 * last));
        for (int i = 0; i <= last; i++)
        {
            double expected = Math.Pow(theta, -2.0 * i / headDim);
            if (!(Math.Abs(found[i] - expected) <= 0.02 * expected))
                return "";
        }

        return string.Create(CultureInfo.InvariantCulture, $"; it is that of rope_theta {theta:g4}");
    }
}
