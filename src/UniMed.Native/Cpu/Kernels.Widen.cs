using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace UniMed.Native.Cpu;

/// <summary>Stored numbers as fp32, exactly (fp64 is rounded). Nothing outside the row is read.</summary>
internal sealed unsafe partial class Kernels<TLanes, TVec>
{
    /// <summary>Writes zeros behind the numbers up to a whole vector of the widest kind.</summary>
    public override void Widen(in CpuMatrix matrix, int row, int column, int count, float* output)
    {
        byte* values = matrix.Values + (row * matrix.RowBytes);
        for (int i = count; i < PadColumns(count); i++)
            output[i] = 0;
        switch (matrix.Stored)
        {
            case StoredAs.Single:
                new Span<float>((float*)values + column, count).CopyTo(new Span<float>(output, count));
                break;
            case StoredAs.Half:
                Widen<HalfNumbers>(values + ((nint)column * sizeof(ushort)), count, output);
                break;
            case StoredAs.Brain:
                Widen<BrainNumbers>(values + ((nint)column * sizeof(ushort)), count, output);
                break;
            case StoredAs.Double:
                for (int i = 0; i < count; i++)
                    output[i] = (float)((double*)values)[column + i];
                break;
            default:
                WidenBlocks(matrix, values, row, column, count, output);
                break;
        }
    }

    private static void Widen<TNumbers>(byte* values, int count, float* output)
        where TNumbers : struct, INumbers
    {
        int i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
            TLanes.Store(TNumbers.Load(values, i), output + i);
        if (i == count)
            return;
        ushort* last = stackalloc ushort[Pad];
        float* wide = stackalloc float[Pad];
        for (int k = i; k < count; k++)
            last[k - i] = ((ushort*)values)[k];
        TLanes.Store(TNumbers.Load((byte*)last, 0), wide);
        for (int k = i; k < count; k++)
            output[k] = wide[k - i];
    }

    private static void WidenBlocks(in CpuMatrix matrix, byte* values, int row, int column, int count, float* output)
    {
        const int Longest = LongestChunk / Block;
        float* scales = stackalloc float[Longest];
        sbyte* block = stackalloc sbyte[Block];
        for (int done = 0; done < count;)
        {
            int blocks = Math.Min(Longest, BlockQuantization.Blocks(count - done));
            int start = (column + done) / Block;
            WidenScales(matrix.Scales + (row * matrix.ScaleStride) + start, blocks, scales);
            for (int b = 0; b < blocks; b++)
            {
                int numbers = Math.Min(Block, count - done);
                float* to = output + done;
                if (matrix.Stored == StoredAs.Int8)
                {
                    sbyte* from = (sbyte*)values + ((nint)(start + b) * Block);
                    if (numbers < Block)
                    {
                        new Span<sbyte>(from, numbers).CopyTo(new Span<sbyte>(block, Block));
                        from = block;
                    }

                    WidenInt8(from, scales[b], numbers, to);
                }
                else
                {
                    WidenInt4(values + ((nint)(start + b) * BlockQuantization.Int4BlockBytes), scales[b], numbers, to, block);
                }

                done += numbers;
            }
        }
    }

    private static void WidenInt8(sbyte* values, float scale, int count, float* output)
    {
        TVec d = TLanes.Create(scale);
        if (count == Block)
        {
            for (int i = 0; i < Block; i += TLanes.Width)
                TLanes.Store(TLanes.Multiply(TLanes.LoadInt8(values + i), d), output + i);
            return;
        }

        for (int i = 0; i < count; i++)
            output[i] = scale * values[i];
    }

    private static void WidenInt4(byte* pairs, float scale, int count, float* output, sbyte* block)
    {
        if (TLanes.Width == 16 && count == Block)
        {
            Vector512<float> scaled = Vector512.Create(-8f, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7) * Vector512.Create(scale);
            Vector512<int> pair = Avx512F.ConvertToVector512Int32(Vector128.Load(pairs));
            Avx512F.PermuteVar16x32(scaled, pair).Store(output);
            Avx512F.PermuteVar16x32(scaled, pair >>> 4).Store(output + 16);
            return;
        }

        Vector128<byte> both = Vector128.Load(pairs);
        Vector128<byte> low = both & Vector128.Create((byte)15);
        Vector128<byte> high = (both.AsUInt16() >>> 4).AsByte() & Vector128.Create((byte)15);
        (low.AsSByte() - Vector128.Create((sbyte)8)).Store(block);
        (high.AsSByte() - Vector128.Create((sbyte)8)).Store(block + 16);
        WidenInt8(block, scale, count, output);
    }
}
