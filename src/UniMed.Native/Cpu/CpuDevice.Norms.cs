namespace UniMed.Native.Cpu;

/// <summary>Layer norm and RMS norm over the columns of each row; a unit is one row.</summary>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public override unsafe void LayerNorm(NormWeights weights, Tensor input, float eps, Tensor output)
    {
        var own = Own<CpuNormWeights>(weights);
        CpuVector bias = own.Bias ?? throw new ArgumentException("A layer norm needs a bias; these weights have none.", nameof(weights));
        Norm(own, bias.Data, input, eps, output, &LayerNormUnit);
    }

    /// <inheritdoc/>
    public override unsafe void RmsNorm(NormWeights weights, Tensor input, float eps, Tensor output) => Norm(Own<CpuNormWeights>(weights), null, input, eps, output, &RmsNormUnit);

    private unsafe void Norm(CpuNormWeights own, float* bias, Tensor input, float eps, Tensor output, delegate*<void*, int, void> unit)
    {
        int columns = own.Weight.Length;
        Require.Shape(input, input.Rows, columns, nameof(input));
        Require.Shape(output, input.Rows, columns, nameof(output));
        var job = new NormJob { Input = Data(input), Output = Data(output), Weight = own.Weight.Data, Bias = bias, Eps = eps, Columns = columns };
        Run(input.Rows, 4L * input.Rows * columns, unit, &job);
        KeepAlive(input, output);
        GC.KeepAlive(own);
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
