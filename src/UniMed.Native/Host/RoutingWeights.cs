namespace UniMed.Native.Host;

/// <summary>From a router's logits to routing weights, and weights that need no router. Rows lie next to each other.</summary>
internal static class RoutingWeights
{
    /// <summary>Weights of hard and constant routing.</summary>
    public static void Fixed(RouterOptions options, int experts, Span<float> weights)
    {
        weights.Fill(options.Kind == RouterKind.Constant ? 1f / experts : 0);
        for (int at = options.Expert; options.Kind == RouterKind.Hard && at < weights.Length; at += experts)
            weights[at] = 1;
    }

    /// <summary>Turns logits into weights, row by row.</summary>
    public static void Apply(RouterOptions options, int experts, Span<float> logits)
    {
        for (int at = 0; at < logits.Length; at += experts)
        {
            if (options.Kind == RouterKind.Soft)
                NormalizedSigmoid(logits.Slice(at, experts));
            else
                TopKSoftmax(logits.Slice(at, experts), options.TopK);
        }
    }

    private static void NormalizedSigmoid(Span<float> logits)
    {
        float sum = 0;
        for (int e = 0; e < logits.Length; e++)
        {
            logits[e] = 1 / (1 + MathF.Exp(-logits[e]));
            sum += logits[e];
        }

        for (int e = 0; e < logits.Length; e++)
            logits[e] /= sum;
    }

    /// <summary>Among equal logits the lower expert is kept; NaN counts as largest, as in torch.topk, so that it shows.</summary>
    private static void TopKSoftmax(Span<float> logits, int topK)
    {
        Span<bool> kept = logits.Length <= 256 ? stackalloc bool[logits.Length] : new bool[logits.Length];
        for (int k = 0; k < topK; k++)
        {
            int best = -1;
            for (int e = 0; e < logits.Length; e++)
            {
                if (!kept[e] && (best < 0 || logits[e] > logits[best] || (float.IsNaN(logits[e]) && !float.IsNaN(logits[best]))))
                    best = e;
            }

            kept[best] = true;
        }

        for (int e = 0; e < logits.Length; e++)
        {
            if (!kept[e])
                logits[e] = float.NegativeInfinity;
        }

        Softmax.Apply(logits);
    }
}
