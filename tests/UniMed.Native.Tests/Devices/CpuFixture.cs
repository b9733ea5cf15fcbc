using UniMed.Native.Cpu;
using UniMed.Native.Tests.Expected;

namespace UniMed.Native.Tests.Devices;

/// <summary>The SIMD device: fp32 sums, and the same bits whether a prompt comes at once or token by token.</summary>
public sealed class CpuFixture : IDeviceFixture
{
    /// <summary>Three threads, whatever the machine has: more than one, and no power of two.</summary>
    public Device Device { get; } = new CpuDevice(new CpuDeviceOptions { Threads = 3 });

    /// <summary>3 units of fp32: sums of quantized blocks are exact, and exp and GELU are polynomials in fp32, where the reference's are in double precision.</summary>
    public double Tolerance => 3 * Math.Pow(2, -23);

    public double DecodeTolerance => 0;

    /// <summary>Beside quantized weights a block's numbers are rounded to 127 (int4) or 32767 (int8) parts of the largest: half a part each at most.</summary>
    public Bounded[,] Operands(Bounded[,] input, ElementType weights)
    {
        if (weights.IsFloat())
            return input;
        double parts = weights == ElementType.I8 ? 32767 : 127;
        var seen = new Bounded[input.GetLength(0), input.GetLength(1)];
        for (int row = 0; row < seen.GetLength(0); row++)
        {
            for (int column = 0; column < seen.GetLength(1); column++)
            {
                int first = column / 32 * 32;
                double largest = Enumerable.Range(first, Math.Min(32, seen.GetLength(1) - first)).Max(c => Math.Abs(input[row, c].Value) + (Tolerance * input[row, c].Magnitude));
                seen[row, column] = input[row, column] with { Magnitude = input[row, column].Magnitude + (1.0001 * largest / (2 * parts * Tolerance)) };
            }
        }

        return seen;
    }

    public Device OpenAnother() => new CpuDevice(new CpuDeviceOptions { Threads = 1 });

    public void Dispose() => Device.Dispose();
}
