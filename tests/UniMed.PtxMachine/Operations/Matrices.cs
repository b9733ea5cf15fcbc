using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using UniMed.PtxMachine.Execution;

namespace UniMed.PtxMachine.Operations;

/// <summary>
/// mma and ldmatrix, by the tables of the PTX manual (mma.m16n8k16, fragments for .f16 and .bf16). With g = lane / 4 and
/// t = lane % 4: register r of A has row g, or g + 8 where r is odd, and columns 2t, 2t + 1, or those and 8 where r is 2 or
/// 3; register r of B has rows 2t, 2t + 1, or those and 8 where r is 1, and column g; register r of C and D has row g, or
/// g + 8 where r is 2 or 3, and column 2t + r % 2.
/// </summary>
internal static unsafe class Matrices
{
    private const int Rows = 16;
    private const int Columns = 8;
    private const int ColumnsOfK = 16;

    /// <summary>D = A * B + C, binary16, added as the machine's <see cref="TensorCore"/> does.</summary>
    public static void MultiplyAdd16(Warp warp, Instruction i) => MultiplyAdd<Binary16>(warp, i);

    /// <summary>As <see cref="MultiplyAdd16"/>, bfloat16.</summary>
    public static void MultiplyAddB16(Warp warp, Instruction i) => MultiplyAdd<BFloat16>(warp, i);

    /// <summary>Loads 8 x 8 matrices of 16-bit elements: lanes 8m to 8m + 7 have the addresses of the rows of matrix m.</summary>
    public static void Load(Warp warp, Instruction i)
    {
        warp.RequireAll("ldmatrix");
        bool transposed = i.Number != 0;
        int matrices = i.Elements;
        uint* addresses = (uint*)(warp.Registers + i.Operands[matrices]);
        SharedMemory shared = warp.Block.Shared;
        for (int row = 0; row < 8 * matrices; row++)
        {
            if (addresses[row] % 16 != 0)
                throw warp.Fault($"the row at {addresses[row]} is not at a multiple of 16 bytes", row);
            if (shared.Read(addresses[row], 16, warp.Index, row) is { } problem)
                throw warp.Fault(problem, row);
        }

        uint* words = stackalloc uint[Lanes.Count];
        for (int matrix = 0; matrix < matrices; matrix++)
        {
            for (int lane = 0; lane < Lanes.Count; lane++)
            {
                int first = 2 * (lane % 4);
                words[lane] = transposed
                    ? Element(first, lane / 4) | ((uint)Element(first + 1, lane / 4) << 16)
                    : Element(lane / 4, first) | ((uint)Element(lane / 4, first + 1) << 16);
            }

            new Span<uint>(words, Lanes.Count).CopyTo(new Span<uint>(warp.Registers + i.Operands[matrix], Lanes.Count));

            ushort Element(int row, int column) => ((ushort*)shared.At(addresses[(8 * matrix) + row]))[column];
        }
    }

    private static void MultiplyAdd<T>(Warp warp, Instruction i)
        where T : struct, IHalfFormat
    {
        warp.RequireAll("mma");
        if (warp.Block.TensorCore == TensorCore.OneByOne)
            MultiplyAddOneByOne<T>(warp, i);
        else
            MultiplyAddBy<T>(warp, i, warp.Block.TensorCore);
    }

    /// <summary>Any tensor core, a row of A at a time.</summary>
    private static void MultiplyAddBy<T>(Warp warp, Instruction i, TensorCore tensorCore)
        where T : struct, IHalfFormat
    {
        int[] places = i.Operands;
        double* a = stackalloc double[Rows * ColumnsOfK];
        double* b = stackalloc double[ColumnsOfK * Columns];
        float* lanes = stackalloc float[Lanes.Count];
        for (int r = 0; r < 6; r++)
        {
            for (int half = 0; half < 2; half++)
            {
                for (int part = 0; part < 2; part++)
                    Half<T>(warp, places[4 + r], part, half).Store(lanes + (16 * part));
                for (int lane = 0; lane < Lanes.Count; lane++)
                {
                    int k = (2 * (lane % 4)) + half;
                    if (r < 4)
                        a[(ColumnsOfK * ((lane / 4) + (8 * (r % 2)))) + k + (8 * (r / 2))] = lanes[lane];
                    else
                        b[(Columns * (k + (8 * (r - 4)))) + (lane / 4)] = lanes[lane];
                }
            }
        }

        // A register of D may be one of C, of any row.
        double* sums = stackalloc double[Rows * Columns];
        for (int at = 0; at < Rows * Columns; at++)
            sums[at] = *Element(10, at / Columns, at % Columns);
        for (int m = 0; m < Rows; m++)
            tensorCore.Add(Vector512.Load(sums + (Columns * m)), a + (ColumnsOfK * m), b).Store(sums + (Columns * m));
        for (int at = 0; at < Rows * Columns; at++)
            *Element(0, at / Columns, at % Columns) = double.IsNaN(sums[at]) ? BitConverter.UInt32BitsToSingle(HalfFormats.NaN) : (float)sums[at];

        float* Element(int first, int m, int n) => (float*)(warp.Registers + places[first + (2 * (m / 8)) + (n % 2)]) + (4 * (m % 8)) + (n / 2);
    }

    /// <summary>The one that all tests run on, all 32 lanes at a time.</summary>
    private static void MultiplyAddOneByOne<T>(Warp warp, Instruction i)
        where T : struct, IHalfFormat
    {
        int[] places = i.Operands;
        float* columns = stackalloc float[ColumnsOfK * 2 * 4];
        float* b = stackalloc float[Lanes.Count];
        for (int r = 0; r < 2; r++)
        {
            for (int half = 0; half < 2; half++)
            {
                for (int part = 0; part < 2; part++)
                    Half<T>(warp, places[8 + r], part, half).Store(b + (16 * part));
                for (int lane = 0; lane < Lanes.Count; lane++)
                {
                    int k = (2 * (lane % 4)) + half + (8 * r);
                    int column = lane / 4;
                    columns[(((k * 2) + (column % 2)) * 4) + (column / 2)] = b[lane];
                }
            }
        }

        for (int part = 0; part < 2; part++)
        {
            Vector512<float> c0 = Lanes.Load<float>(warp, places[10], part);
            Vector512<float> c1 = Lanes.Load<float>(warp, places[11], part);
            Vector512<float> c2 = Lanes.Load<float>(warp, places[12], part);
            Vector512<float> c3 = Lanes.Load<float>(warp, places[13], part);
            for (int r = 0; r < 4; r += 2)
            {
                Vector512<float> top0 = Half<T>(warp, places[4 + r], part, 0);
                Vector512<float> top1 = Half<T>(warp, places[4 + r], part, 1);
                Vector512<float> bottom0 = Half<T>(warp, places[5 + r], part, 0);
                Vector512<float> bottom1 = Half<T>(warp, places[5 + r], part, 1);
                for (int t = 0; t < 4; t++)
                {
                    Vector512<int> quad = Quad(t);
                    float* pair = columns + (((2 * t) + (4 * r)) * 8);
                    Vector512<float> even = Repeat(pair);
                    Vector512<float> odd = Repeat(pair + 4);
                    Vector512<float> row = Vector512.Shuffle(top0, quad);
                    c0 = Vector512.FusedMultiplyAdd(row, even, c0);
                    c1 = Vector512.FusedMultiplyAdd(row, odd, c1);
                    row = Vector512.Shuffle(bottom0, quad);
                    c2 = Vector512.FusedMultiplyAdd(row, even, c2);
                    c3 = Vector512.FusedMultiplyAdd(row, odd, c3);
                    even = Repeat(pair + 8);
                    odd = Repeat(pair + 12);
                    row = Vector512.Shuffle(top1, quad);
                    c0 = Vector512.FusedMultiplyAdd(row, even, c0);
                    c1 = Vector512.FusedMultiplyAdd(row, odd, c1);
                    row = Vector512.Shuffle(bottom1, quad);
                    c2 = Vector512.FusedMultiplyAdd(row, even, c2);
                    c3 = Vector512.FusedMultiplyAdd(row, odd, c3);
                }
            }

            Lanes.Store32(warp, places[0], part, HalfFormats.OneNaN(c0));
            Lanes.Store32(warp, places[1], part, HalfFormats.OneNaN(c1));
            Lanes.Store32(warp, places[2], part, HalfFormats.OneNaN(c2));
            Lanes.Store32(warp, places[3], part, HalfFormats.OneNaN(c3));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Half<T>(Warp warp, int place, int part, int half)
        where T : struct, IHalfFormat
    {
        Vector512<uint> pairs = Lanes.Load<uint>(warp, place, part);
        return T.Widen(half == 0 ? pairs & Vector512.Create(0xFFFFu) : pairs >> 16);
    }

    /// <summary>Lane t of each four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Quad(int t) => Vector512.Create(0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12) + Vector512.Create(t);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Repeat(float* four)
    {
        Vector128<float> these = Vector128.Load(four);
        Vector256<float> twice = Vector256.Create(these, these);
        return Vector512.Create(twice, twice);
    }
}
