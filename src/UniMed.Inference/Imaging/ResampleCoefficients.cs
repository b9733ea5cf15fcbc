using UniMed.Native;

namespace UniMed.Inference.Imaging;

/// <summary>
/// The weights of one resize pass: for each output position the first input position it reads, how many it reads, and their
/// weights as fixed-point numbers with <see cref="PrecisionBits"/> fraction bits.
/// </summary>
/// <remarks>Pillow's rule: the cubic kernel with a = -0.5, widened by the scale when shrinking, weights normalized in double
/// precision to a sum of one and then rounded, halves away from zero.</remarks>
internal sealed class ResampleCoefficients
{
    /// <summary>Fraction bits that leave room for 8-bit samples, the sign and two bits of overshoot in an Int32 sum.</summary>
    public const int PrecisionBits = 32 - 8 - 2;

    private const double KernelSupport = 2.0;

    private readonly int[] _first;
    private readonly int[] _count;
    private readonly int[] _weights;
    private readonly int _stride;
    private readonly int _inSize;

    /// <summary>Computes the weights of a pass from <paramref name="inSize"/> to <paramref name="outSize"/> samples.</summary>
    public ResampleCoefficients(int inSize, int outSize)
    {
        _inSize = inSize;
        double scale = (double)inSize / outSize;
        double filterScale = Math.Max(scale, 1.0);
        double support = KernelSupport * filterScale;
        double inverseScale = 1.0 / filterScale;

        _stride = (int)Math.Ceiling(support) * 2 + 1;
        _first = new int[outSize];
        _count = new int[outSize];
        _weights = new int[checked(outSize * _stride)];

        double[] exact = new double[_stride];
        for (int position = 0; position < outSize; position++)
        {
            double center = (position + 0.5) * scale;
            int first = Math.Max((int)(center - support + 0.5), 0);
            int count = Math.Min((int)(center + support + 0.5), inSize) - first;

            double sum = 0.0;
            for (int i = 0; i < count; i++)
            {
                exact[i] = Cubic((i + first - center + 0.5) * inverseScale);
                sum += exact[i];
            }

            Span<int> weights = _weights.AsSpan(position * _stride, count);
            for (int i = 0; i < count; i++)
                weights[i] = ToFixedPoint(sum == 0.0 ? exact[i] : exact[i] / sum);

            _first[position] = first;
            _count[position] = count;
        }
    }

    /// <summary>Number of output positions.</summary>
    public int Count => _first.Length;

    /// <summary>The first input position that any output reads.</summary>
    public int Begin => _first[0];

    /// <summary>One past the last input position that any output reads.</summary>
    public int End => _first[^1] + _count[^1];

    /// <summary>The first input position that output <paramref name="position"/> reads.</summary>
    public int First(int position) => _first[position];

    /// <summary>The weights of output <paramref name="position"/>, for consecutive inputs from <see cref="First"/> on.</summary>
    public ReadOnlySpan<int> Weights(int position) => _weights.AsSpan(position * _stride, _count[position]);

    /// <summary>The same pass for a device.</summary>
    public ResamplePass ToPass() => new(_inSize, _first, _count, _weights, _stride);

    private static double Cubic(double x)
    {
        const double A = -0.5;
        x = Math.Abs(x);
        if (x < 1.0)
            return ((A + 2.0) * x - (A + 3.0)) * x * x + 1;
        return x < 2.0 ? (((x - 5) * x + 8) * x - 4) * A : 0.0;
    }

    private static int ToFixedPoint(double weight) => (int)(weight * (1 << PrecisionBits) + (weight < 0 ? -0.5 : 0.5));
}
