using UniMed.Native.Host;

namespace UniMed.Native.Cpu;

/// <summary>Layer norm and RMS norm over the columns of each row; a unit is one row.</summary>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    protected override unsafe void LayerNormCore(NormWeights weights, Tensor input, float eps, Tensor output)
    {
        var own = (InPlaceNorm)weights;
        Norm(own, own.Bias!.Data, input, eps, output, &LayerNormUnit);
    }

    /// <inheritdoc/>
    protected override unsafe void RmsNormCore(NormWeights weights, Tensor input, float eps, Tensor output) => Norm((InPlaceNorm)weights, null, input, eps, output, &RmsNormUnit);

    private unsafe void Norm(InPlaceNorm own, float* bias, Tensor input, float eps, Tensor output, delegate*<void*, int, void> unit)
    {
        int columns = own.Weight.Length;
        var job = new NormJob { Input = Data(input), Output = Data(output), Weight = own.Weight.Data, Bias = bias, Eps = eps, Columns = columns };
        Run(input.Rows, 4L * input.Rows * columns, unit, &job);
    }

    private static unsafe void LayerNormUnit(void* state, int row)
    {
        ref NormJob job = ref *(NormJob*)state;
        nint at = (nint)row * job.Columns;
        Kernels.Best.LayerNorm(job.Input + at, job.Weight, job.Bias, job.Eps, job.Output + at, job.Columns);
    }

    private static unsafe void RmsNormUnit(void* state, int row)
    {
        ref NormJob job = ref *(NormJob*)state;
        nint at = (nint)row * job.Columns;
        Kernels.Best.RmsNorm(job.Input + at, job.Weight, job.Eps, job.Output + at, job.Columns);
    }

    private unsafe struct NormJob
    {
        public float* Input;
        public float* Output;
        public float* Weight;
        public float* Bias;
        public float Eps;
        public int Columns;
    }
}
