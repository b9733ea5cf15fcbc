using System.Runtime.Intrinsics;

namespace UniMed.Native.Reference;

/// <summary>The one way the reference adds products: 32 lanes along K, then the lanes in a fixed order.</summary>
internal static unsafe class Dot
{
    /// <summary>
    /// Sum of a[i] * b[i] in fp32. Lane l sums i = l, l + 32, ...; the lanes are added pairwise, halves first. Products are rounded before they are added
    /// (no fused multiply-add), so every processor gives the same bits.
    /// </summary>
    public static float Product(float* a, float* b, int count)
    {
        Vector512<float> low = Vector512<float>.Zero;
        Vector512<float> high = Vector512<float>.Zero;
        int i = 0;
        for (; i <= count - 32; i += 32)
        {
            low += Vector512.Load(a + i) * Vector512.Load(b + i);
            high += Vector512.Load(a + i + 16) * Vector512.Load(b + i + 16);
        }

        Vector512<float> lanes = low + high;
        Vector256<float> eight = lanes.GetLower() + lanes.GetUpper();
        Vector128<float> four = eight.GetLower() + eight.GetUpper();
        float sum = (four[0] + four[2]) + (four[1] + four[3]);
        for (; i < count; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
