using UniMed.Native.Host;

namespace UniMed.Native.Reference;

/// <summary>Layer norm and RMS norm over the columns of each row. Moments are summed in double precision and used in fp32.</summary>
public sealed partial class ReferenceDevice
{
    /// <inheritdoc/>
    protected override unsafe void LayerNormCore(NormWeights weights, Tensor input, float eps, Tensor output)
    {
        var own = (InPlaceNorm)weights;
        int columns = own.Weight.Length;
        WidenedVector shift = own.Bias!;
        float* from = Data(input);
        float* to = Data(output);
        ParallelRows.For(input.Rows, 4L * columns, (start, end) =>
        {
            for (int r = start; r < end; r++)
            {
                float* x = from + ((long)r * columns);
                float* y = to + ((long)r * columns);
                double sum = 0;
                for (int c = 0; c < columns; c++)
                    sum += x[c];
                double mean = sum / columns;
                double squares = 0;
                for (int c = 0; c < columns; c++)
                    squares += (x[c] - mean) * (x[c] - mean);
                float scale = (float)(1 / Math.Sqrt((squares / columns) + eps));
                for (int c = 0; c < columns; c++)
                    y[c] = (x[c] - (float)mean) * scale * own.Weight[c] + shift[c];
            }
        });
    }

    /// <inheritdoc/>
    protected override unsafe void RmsNormCore(NormWeights weights, Tensor input, float eps, Tensor output)
    {
        var own = (InPlaceNorm)weights;
        int columns = own.Weight.Length;
        float* from = Data(input);
        float* to = Data(output);
        ParallelRows.For(input.Rows, 2L * columns, (start, end) =>
        {
            for (int r = start; r < end; r++)
            {
                float* x = from + ((long)r * columns);
                float* y = to + ((long)r * columns);
                double squares = 0;
                for (int c = 0; c < columns; c++)
                    squares += (double)x[c] * x[c];
                float scale = (float)(1 / Math.Sqrt((squares / columns) + eps));
                for (int c = 0; c < columns; c++)
                    y[c] = own.Weight[c] * (x[c] * scale);
            }
        });
    }
}
