using ILGPU;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>
/// Layer norm and RMS norm. Shapes: [rows, columns], grid (rows). Bytes: a row is read three times (RMS twice), the first time from memory. Sums run in 256 lanes along the columns, which are
/// then added pairwise: an order that depends on the columns alone.
/// </summary>
internal static class NormKernels
{
    private const int Lanes = 256;

    public static void LayerNorm<TShape>(NormArguments a)
        where TShape : unmanaged, IGroupShape
    {
        ArrayView<float> lanes = SharedMemory.Allocate<float>(Lanes);
        ArrayView<float> others = SharedMemory.Allocate<float>(Lanes);
        long begin = (long)Grid.IdxX * a.Columns;
        for (int lane = Group.IdxX; lane < Lanes; lane += default(TShape).Threads)
        {
            float sum = 0f;
            for (int c = lane; c < a.Columns; c += Lanes)
                sum += a.Input[begin + c];
            lanes[lane] = sum;
        }

        float mean = AddLanes<TShape>(lanes) / a.Columns;
        for (int lane = Group.IdxX; lane < Lanes; lane += default(TShape).Threads)
        {
            float squares = 0f;
            for (int c = lane; c < a.Columns; c += Lanes)
            {
                float difference = a.Input[begin + c] - mean;
                squares += difference * difference;
            }

            others[lane] = squares;
        }

        float scale = 1f / MathF.Sqrt((AddLanes<TShape>(others) / a.Columns) + a.Eps);
        for (int c = Group.IdxX; c < a.Columns; c += default(TShape).Threads)
            a.Output[begin + c] = ((a.Input[begin + c] - mean) * scale * a.Weight[c]) + a.Bias[c];
    }

    public static void RmsNorm<TShape>(NormArguments a)
        where TShape : unmanaged, IGroupShape
    {
        ArrayView<float> lanes = SharedMemory.Allocate<float>(Lanes);
        long begin = (long)Grid.IdxX * a.Columns;
        for (int lane = Group.IdxX; lane < Lanes; lane += default(TShape).Threads)
        {
            float squares = 0f;
            for (int c = lane; c < a.Columns; c += Lanes)
            {
                float x = a.Input[begin + c];
                squares += x * x;
            }

            lanes[lane] = squares;
        }

        float scale = 1f / MathF.Sqrt((AddLanes<TShape>(lanes) / a.Columns) + a.Eps);
        for (int c = Group.IdxX; c < a.Columns; c += default(TShape).Threads)
            a.Output[begin + c] = a.Weight[c] * (a.Input[begin + c] * scale);
    }

    /// <summary>The sum of all lanes, for every thread; the lanes must not be written again.</summary>
    private static float AddLanes<TShape>(ArrayView<float> lanes)
        where TShape : unmanaged, IGroupShape
    {
        Group.Barrier();
        for (int half = Lanes / 2; half > 0; half /= 2)
        {
            for (int lane = Group.IdxX; lane < half; lane += default(TShape).Threads)
                lanes[lane] += lanes[lane + half];
            Group.Barrier();
        }

        return lanes[0];
    }
}
