namespace UniMed.Native;

/// <summary>One pass of a resize: for each position of the result the neighbouring inputs it is the weighted sum of, in fixed point.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class ResamplePass
{
    private readonly int[] _table;

    /// <summary>Takes the weights of a pass.</summary>
    /// <param name="inputs">Inputs there are, at least 1.</param>
    /// <param name="first">First input of each position.</param>
    /// <param name="counts">How many inputs each position reads.</param>
    /// <param name="weights">Weights with 22 fraction bits, <paramref name="stride"/> for each position; those past its count do not matter.</param>
    /// <param name="stride">Weights from one position to the next, at least 1.</param>
    /// <exception cref="ArgumentException">Lengths do not fit each other, or a position reads an input that is not there.</exception>
    public ResamplePass(int inputs, ReadOnlySpan<int> first, ReadOnlySpan<int> counts, ReadOnlySpan<int> weights, int stride)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stride);
        if (first.Length == 0 || counts.Length != first.Length || weights.Length != (long)first.Length * stride)
            throw new ArgumentException($"{first.Length} first inputs, {counts.Length} counts and {weights.Length} weights, {stride} for each position, do not fit each other.", nameof(weights));
        for (int i = 0; i < first.Length; i++)
        {
            if (first[i] < 0 || counts[i] < 0 || counts[i] > stride || first[i] > inputs - counts[i])
                throw new ArgumentException($"Position {i} reads {counts[i]} inputs from {first[i]} on; there are {inputs}, and weights for {stride}.", nameof(counts));
        }

        Inputs = inputs;
        Positions = first.Length;
        Stride = stride;
        _table = [.. first, .. counts, .. weights];
    }

    /// <summary>Inputs there are.</summary>
    public int Inputs { get; }

    /// <summary>Positions of the result.</summary>
    public int Positions { get; }

    /// <summary>Weights from one position to the next.</summary>
    public int Stride { get; }

    /// <summary>First inputs, counts and weights, one behind the other.</summary>
    internal ReadOnlySpan<int> Table => _table;
}
