using System.Runtime.Intrinsics;

namespace UniMed.Native.Cpu.Lanes;

/// <summary>
/// What kernels need of a vector of fp32 lanes. Kernels are written once over it; the JIT compiles them for each width as if they had been written for it.
/// </summary>
/// <typeparam name="TVec">The vector: Vector512, Vector256 or Vector128 of float.</typeparam>
internal unsafe interface ILanes<TVec> : IIntegerLanes<TVec>
    where TVec : struct
{
    /// <summary>Lanes; 16, 8 or 4.</summary>
    static abstract int Width { get; }

    /// <summary>True where 32 vector registers hold a tile of 24 sums; false where there are 16.</summary>
    static abstract bool HasManyRegisters { get; }

    static abstract TVec Zero { get; }

    static abstract TVec Create(float value);

    static abstract TVec Load(float* source);

    /// <summary>Widens binary16, exactly: subnormal numbers, infinities and NaN too.</summary>
    static abstract TVec LoadHalf(ushort* source);

    /// <summary>Widens bfloat16, exactly.</summary>
    static abstract TVec LoadBrain(ushort* source);

    static abstract void Store(TVec value, float* destination);

    static abstract TVec Add(TVec a, TVec b);

    static abstract TVec Subtract(TVec a, TVec b);

    static abstract TVec Multiply(TVec a, TVec b);

    static abstract TVec Divide(TVec a, TVec b);

    /// <summary>a * b + c, rounded once where the processor can.</summary>
    static abstract TVec MultiplyAdd(TVec a, TVec b, TVec c);

    static abstract TVec Max(TVec a, TVec b);

    static abstract TVec Min(TVec a, TVec b);

    static abstract TVec Abs(TVec a);

    /// <summary>Nearest whole number, ties to even.</summary>
    static abstract TVec Round(TVec a);

    /// <summary>2^n for whole n in -126..127.</summary>
    static abstract TVec PowerOfTwo(TVec n);

    /// <summary>x where a is less than b, else y.</summary>
    static abstract TVec SelectLess(TVec a, TVec b, TVec x, TVec y);

    /// <summary>The value, but NaN where a is NaN.</summary>
    static abstract TVec KeepNaN(TVec a, TVec value);

    /// <summary>The sums of the lanes of four vectors; each is added in the same order, whichever of the four it is.</summary>
    static abstract Vector128<float> SumEach(TVec a, TVec b, TVec c, TVec d);

    /// <summary>The largest lane.</summary>
    static abstract float Largest(TVec a);
}
