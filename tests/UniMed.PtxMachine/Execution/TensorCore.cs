using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Execution;

/// <summary>
/// How <c>mma</c> adds the 16 products of a sum and C, which PTX leaves open. Products are exact in all of them. <see cref="Ampere"/> and <see cref="Hopper"/> are what has been measured on
/// cards (Fasi, Higham, Mikaitis and Pranesh, "Numerical behavior of NVIDIA tensor cores", PeerJ CS 7:e330, 2021; Khattak and Mikaitis, "Accurate Models of NVIDIA Tensor Cores", arXiv 2512.07004): a few products and
/// what has been summed so far are shifted to the largest exponent among them, cut off a few bits behind fp32's last, added exactly, and the sum is cut off to fp32.
/// </summary>
internal sealed class TensorCore
{
    private const int FractionBits = 52;
    private const int SingleFractionBits = 23;
    private const long Exponent = 0x7FF0000000000000;
    private const int Products = 16;

    private readonly int _together;
    private readonly int _extraBits;
    private readonly bool _truncates;

    private TensorCore(string name, int together, int extraBits, bool truncates)
    {
        Name = name;
        _together = together;
        _extraBits = extraBits;
        _truncates = truncates;
    }

    /// <summary>Products are added to C one after another along K, each sum rounded to nearest. What the emulation does too.</summary>
    public static TensorCore OneByOne { get; } = new("one by one", 1, 0, truncates: false);

    /// <summary>All are added in double precision, and the sum is rounded once.</summary>
    public static TensorCore Once { get; } = new("rounded once", Products, 0, truncates: false);

    /// <summary>Eight products at a time, one bit behind fp32's.</summary>
    public static TensorCore Ampere { get; } = new("eight together, cut off", 8, 1, truncates: true);

    /// <summary>All sixteen at once, two bits behind fp32's.</summary>
    public static TensorCore Hopper { get; } = new("sixteen together, cut off", Products, 2, truncates: true);

    /// <summary>What it is called in messages.</summary>
    public string Name { get; }

    public override string ToString() => Name;

    /// <summary>Adds the products of eight columns to their sums.</summary>
    /// <param name="sums">C, fp32 numbers.</param>
    /// <param name="a">The 16 numbers of a row of A.</param>
    /// <param name="b">The 16 rows of B, eight columns each.</param>
    /// <returns>D, fp32 numbers.</returns>
    public unsafe Vector512<double> Add(Vector512<double> sums, double* a, double* b)
    {
        for (int k = 0; k < Products; k += _together)
            sums = _truncates ? AddCutOff(sums, a + k, b + (8 * k)) : AddRounded(sums, a + k, b + (8 * k));
        return sums;
    }

    /// <summary>The fp32 numbers nearest to eight sums.</summary>
    private static Vector512<double> Single(Vector512<double> sums) => Vector512.WidenLower(Vector512.Narrow(sums, Vector512<double>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector512<double> Product(double* a, double* b, int k) => Vector512.Create(a[k]) * Vector512.Load(b + (8 * k));

    /// <summary>A number's power of two, its sign and fraction dropped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Power(Vector512<double> number) => (number.AsInt64() & Vector512.Create(Exponent)).AsDouble();

    private unsafe Vector512<double> AddRounded(Vector512<double> sums, double* a, double* b)
    {
        for (int k = 0; k < _together; k++)
            sums += Product(a, b, k);
        return Single(sums);
    }

    private unsafe Vector512<double> AddCutOff(Vector512<double> sums, double* a, double* b)
    {
        // The exponent of a product is the sum of the two, whether or not the fractions carry into one more bit.
        Vector512<double> largest = Power(sums);
        Vector512<double> plain = sums;
        for (int k = 0; k < _together; k++)
        {
            largest = Vector512.Max(largest, Power(Vector512.Create(a[k])) * Power(Vector512.Load(b + (8 * k))));
            plain += Product(a, b, k);
        }

        Vector512<long> one = largest.AsInt64() - Vector512.Create((long)(SingleFractionBits + _extraBits) << FractionBits);
        Vector512<double> perOne = (Vector512.Create(2046L << FractionBits) - one).AsDouble();
        Vector512<double> ones = Vector512.Truncate(sums * perOne);
        for (int k = 0; k < _together; k++)
            ones += Vector512.Truncate(Product(a, b, k) * perOne);
        Vector512<double> cut = ones * one.AsDouble();
        cut = (cut.AsInt64() & Vector512.Create(-1L << (FractionBits - SingleFractionBits))).AsDouble();

        // Where nothing but zeros is added, and where a number is infinite or none, there is no exponent to shift to.
        Vector512<long> bits = largest.AsInt64();
        Vector512<long> none = Vector512.Equals(bits, Vector512<long>.Zero) | Vector512.GreaterThanOrEqual(bits, Vector512.Create(Exponent));
        return Single(Vector512.ConditionalSelect(none.AsDouble(), plain, cut));
    }
}
