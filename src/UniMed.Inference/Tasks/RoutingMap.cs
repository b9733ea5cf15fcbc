using UniMed.Inference.Messages;

namespace UniMed.Inference;

/// <summary>Routing weights of one image's visual tokens for a task: how much each expert contributes to each token.</summary>
/// <remarks>
/// With resample_method projection, token n is the strip of resample_rate consecutive patches in row-major order, so a 16 x 16 patch grid and rate 4 read as 16 rows x 4 columns over
/// the image; with pooling a token is a 2 x 2 square of patches. Immutable.
/// </remarks>
public sealed class RoutingMap
{
    private readonly float[] _weights;

    internal RoutingMap(float[] weights, int tokens, int experts)
    {
        _weights = weights;
        Tokens = tokens;
        Experts = experts;
    }

    /// <summary>Number of visual tokens.</summary>
    public int Tokens { get; }

    /// <summary>Number of experts.</summary>
    public int Experts { get; }

    /// <summary>Weight of an expert for a token, 0 to 1; the weights of a token sum to 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such token or expert.</exception>
    public float this[int token, int expert]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(token);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(token, Tokens);
            ArgumentOutOfRangeException.ThrowIfNegative(expert);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(expert, Experts);
            return _weights[(token * Experts) + expert];
        }
    }

    /// <summary>All weights, token after token.</summary>
    public ReadOnlySpan<float> Weights => _weights;

    /// <summary>Mean weight of each expert over the tokens.</summary>
    public IReadOnlyList<double> MeanWeights()
    {
        var means = new double[Experts];
        for (int i = 0; i < _weights.Length; i++)
            means[i % Experts] += _weights[i] / (double)Tokens;
        return means;
    }

    /// <summary>Its size and the mean weights.</summary>
    public override string ToString() => $"{nameof(RoutingMap)} {{ {Tokens} tokens, mean weights {Printed.Numbers(MeanWeights())} }}";
}
