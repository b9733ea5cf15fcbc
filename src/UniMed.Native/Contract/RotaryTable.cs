namespace UniMed.Native;

/// <summary>Cosines and sines of the rotary embedding, computed as Hugging Face's LLaMA does in fp32: inv_freq_i = 1 / base^(2i / head_dim), angle = position * inv_freq_i.</summary>
/// <remarks>Half-split convention (rotate_half): channel i pairs with channel i + head_dim / 2.</remarks>
public sealed class RotaryTable
{
    private readonly float[] _cos;
    private readonly float[] _sin;

    /// <summary>Computes the table.</summary>
    /// <param name="headDim">Channels of a head; even.</param>
    /// <param name="positions">Positions 0 to positions - 1 are tabulated.</param>
    /// <param name="theta">Base; 10000 for LLaMA-2.</param>
    /// <exception cref="ArgumentOutOfRangeException">head_dim is odd, a size is not positive, or the table is larger than an array can be.</exception>
    public RotaryTable(int headDim, int positions, double theta)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(headDim);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(positions);
        ArgumentOutOfRangeException.ThrowIfNotEqual(headDim % 2, 0, nameof(headDim));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)positions * (headDim / 2), Array.MaxLength, nameof(positions));
        HeadDim = headDim;
        Positions = positions;
        int half = headDim / 2;
        _cos = new float[positions * half];
        _sin = new float[positions * half];
        for (int i = 0; i < half; i++)
        {
            float exponent = 2f * i / headDim;
            float inverseFrequency = 1f / (float)Math.Pow(theta, exponent);
            for (int position = 0; position < positions; position++)
            {
                float angle = position * inverseFrequency;
                _cos[(position * half) + i] = (float)Math.Cos(angle);
                _sin[(position * half) + i] = (float)Math.Sin(angle);
            }
        }
    }

    /// <summary>Channels of a head.</summary>
    public int HeadDim { get; }

    /// <summary>Number of tabulated positions.</summary>
    public int Positions { get; }

    /// <summary>Cosines of all positions, [positions, head_dim / 2].</summary>
    internal ReadOnlySpan<float> AllCos => _cos;

    /// <summary>Sines of all positions, [positions, head_dim / 2].</summary>
    internal ReadOnlySpan<float> AllSin => _sin;

    /// <summary>head_dim / 2 cosines of a position.</summary>
    public ReadOnlySpan<float> Cos(int position) => _cos.AsSpan(position * (HeadDim / 2), HeadDim / 2);

    /// <summary>head_dim / 2 sines of a position.</summary>
    public ReadOnlySpan<float> Sin(int position) => _sin.AsSpan(position * (HeadDim / 2), HeadDim / 2);
}
