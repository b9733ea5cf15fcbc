using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>Vectors whose elements come in turn from two others, and the transposition made of them.</summary>
internal static class Interleave
{
    /// <summary>a0 b0 a1 b1 ..., of the lower halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Lower(Vector128<byte> a, Vector128<byte> b) => Sse2.IsSupported
        ? Sse2.UnpackLow(a, b)
        : (Vector128.WidenLower(a) | Vector128.WidenLower(b) << 8).AsByte();

    /// <summary>a8 b8 a9 b9 ..., of the upper halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Upper(Vector128<byte> a, Vector128<byte> b) => Sse2.IsSupported
        ? Sse2.UnpackHigh(a, b)
        : (Vector128.WidenUpper(a) | Vector128.WidenUpper(b) << 8).AsByte();

    /// <summary>Exchanges the rows and columns of eight times eight numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(
        ref Vector128<short> row0, ref Vector128<short> row1, ref Vector128<short> row2, ref Vector128<short> row3,
        ref Vector128<short> row4, ref Vector128<short> row5, ref Vector128<short> row6, ref Vector128<short> row7)
    {
        // Interleaving rows whose numbers are 4 apart, then 2, then 1 sorts by column.
        Vector128<short> left04 = Lower(row0, row4), left15 = Lower(row1, row5), left26 = Lower(row2, row6), left37 = Lower(row3, row7);
        Vector128<short> right04 = Upper(row0, row4), right15 = Upper(row1, row5), right26 = Upper(row2, row6), right37 = Upper(row3, row7);
        TransposeHalf(left04, left15, left26, left37, out row0, out row1, out row2, out row3);
        TransposeHalf(right04, right15, right26, right37, out row4, out row5, out row6, out row7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeHalf(
        Vector128<short> rows04, Vector128<short> rows15, Vector128<short> rows26, Vector128<short> rows37,
        out Vector128<short> column0, out Vector128<short> column1, out Vector128<short> column2, out Vector128<short> column3)
    {
        Vector128<short> even01 = Lower(rows04, rows26), odd01 = Lower(rows15, rows37);
        Vector128<short> even23 = Upper(rows04, rows26), odd23 = Upper(rows15, rows37);
        column0 = Lower(even01, odd01);
        column1 = Upper(even01, odd01);
        column2 = Lower(even23, odd23);
        column3 = Upper(even23, odd23);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Lower(Vector128<short> a, Vector128<short> b) => Sse2.IsSupported
        ? Sse2.UnpackLow(a, b)
        : (Vector128.WidenLower(a.AsUInt16()) | Vector128.WidenLower(b.AsUInt16()) << 16).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Upper(Vector128<short> a, Vector128<short> b) => Sse2.IsSupported
        ? Sse2.UnpackHigh(a, b)
        : (Vector128.WidenUpper(a.AsUInt16()) | Vector128.WidenUpper(b.AsUInt16()) << 16).AsInt16();
}
