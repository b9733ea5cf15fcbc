using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace UniMed.Native.Cpu;

/// <summary>
/// What the processor itself says of its vectors. A program compiled ahead of time uses what it was compiled for, which by default is 128 bits on x64, however wide the processor's are; its user has
/// to be told, since nothing else shows it but the time it takes.
/// </summary>
internal static class ProcessorVectors
{
    private const int Avx2 = 1 << 5;
    private const int Avx512 = (1 << 16) | (1 << 17) | (1 << 30);

    /// <summary>Bits of the widest vectors this processor has and <see cref="Kernels"/> know; 0 where it does not say.</summary>
    public static int Bits
    {
        get
        {
            if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 7)
                return 0;
            int features = X86Base.CpuId(7, 0).Ebx;
            return (features & Avx512) == Avx512 ? 512 : (features & Avx2) != 0 ? 256 : 128;
        }
    }

    /// <summary>For a program compiled ahead of time for narrower vectors than there are, that it was and what to do; otherwise empty.</summary>
    /// <param name="used">Bits of the vectors in use.</param>
    public static string Unused(int used)
    {
        // With a compiler at run time, narrower vectors are what somebody asked for.
        if (RuntimeFeature.IsDynamicCodeSupported || Bits <= used)
            return "";
        return $" (the processor has {Bits} bits: this program was compiled ahead of time for less; publish it with IlcInstructionSet={(Bits == 512 ? "x86-64-v4" : "x86-64-v3")})";
    }
}
