using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>
/// Activations in integers, for products with quantized weights. Shapes: a row [in] -> integers [in], a scale for
/// each block of 32. Work: some 3 operations a number, once for all rows of a weight.
/// </summary>
/// <remarks>
/// Lanes run along the row, inside a block. What is taken over a block is its largest magnitude, which no order
/// changes, and for int4 a sum of whole numbers. scale = largest magnitude / 127 beside int4 weights and / 32767
/// beside int8 ones; a number becomes the nearest whole multiple, ties to even. An error is at most half a scale: 0.4
/// % and 0.0015 % of the block's largest number. NaN or infinity in a block makes its scale NaN, and with it every
/// sum.
/// </remarks>
internal static unsafe class Quantization<TLanes, TVec>
    where TLanes : struct, ILanes<TVec>
    where TVec : struct
{
    /// <summary>A block whose largest number is smaller counts as zero: its scale has no reciprocal in fp32.</summary>
    private const float Nothing = 1e-30f;
    private const int Block = BlockQuantization.BlockSize;

    /// <inheritdoc cref="Kernels.Quantize"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Quantize(float* row, int columns, StoredAs weights, byte* values, float* scales, int* corrections)
    {
        float* last = stackalloc float[Block];
        for (int b = 0; b * Block < columns; b++)
        {
            float* block = row + (b * Block);
            int count = Math.Min(Block, columns - (b * Block));
            if (count < Block)
            {
                new Span<float>(block, count).CopyTo(new Span<float>(last, Block));
                new Span<float>(last + count, Block - count).Clear();
                block = last;
            }

            float largest = Largest(block, out float poison);
            float limit = weights == StoredAs.Int4 ? 127 : 32767;
            scales[b] = (largest / limit) + poison;
            TVec inverse = TLanes.Create(largest >= Nothing ? limit / largest : 0);
            if (weights == StoredAs.Int4)
            {
                sbyte* to = (sbyte*)values + (b * Block);
                for (int i = 0; i < Block; i += TLanes.Width)
                    TLanes.StoreBytes(TLanes.Round(TLanes.Multiply(TLanes.Load(block + i), inverse)), to + i);
                corrections[b] = Correction(to);
            }
            else
            {
                short* to = (short*)values + (b * Block);
                for (int i = 0; i < Block; i += TLanes.Width)
                    TLanes.StoreInt16(TLanes.Round(TLanes.Multiply(TLanes.Load(block + i), inverse)), to + i);
            }
        }
    }

    /// <summary>The largest magnitude of a block; poison is NaN where a number is not finite, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest(float* block, out float poison)
    {
        TVec top = TLanes.Zero;
        TVec zeros = TLanes.Zero;
        for (int i = 0; i < Block; i += TLanes.Width)
        {
            TVec numbers = TLanes.Load(block + i);
            top = TLanes.Max(top, TLanes.Abs(numbers));
            zeros = TLanes.MultiplyAdd(numbers, TLanes.Zero, zeros);
        }

        poison = TLanes.SumEach(zeros, TLanes.Zero, TLanes.Zero, TLanes.Zero)[0];
        return TLanes.Largest(top);
    }

    /// <summary>
    /// -8 times the sums of bytes 0, 1 and of bytes 2, 3 of each four, which a lane adds up in its lower and upper
    /// half.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Correction(sbyte* values)
    {
        Vector128<short> low = Vector128.Load((short*)values);
        Vector128<short> high = Vector128.Load((short*)values + 8);
        Vector128<short> pairs = ((low << 8) >> 8) + (low >> 8) + ((high << 8) >> 8) + (high >> 8);
        Vector128<short> halves = pairs + Vector128.Shuffle(pairs.AsInt64(), Vector128.Create(1L, 0)).AsInt16();
        Vector128<short> sums = halves + Vector128.Shuffle(halves.AsInt32(), Vector128.Create(1, 0, 3, 2)).AsInt16();
        return (Vector128<short>.Zero - (sums << 3)).AsInt32().ToScalar();
    }
}
