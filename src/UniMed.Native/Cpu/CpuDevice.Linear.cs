using UniMed.Native.Host;

namespace UniMed.Native.Cpu;

/// <summary>
/// Linear layers. Shapes: input [rows, in], weight [out, in], output [rows, out]. Work: 2 * rows * in * out FLOP; the weight is read once, bias, activation and residual are
/// applied to the products of a unit while they are in the first-level cache.
/// </summary>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    protected override unsafe void LinearCore(LinearWeights weights, Tensor input, Activation activation, Tensor? residual, Tensor output)
    {
        var own = (InPlaceLinear<CpuMatrix>)weights;
        int columns = own.Matrix.Rows;
        Apply(own.Matrix, own.Bias, Data(input), input.Rows, activation, residual is { } given ? Data(given) : null, Data(output), columns);
    }

    /// <inheritdoc/>
    protected override unsafe void SwiGluCore(GatedWeights weights, Tensor input, Tensor output)
    {
        var own = (InPlaceGated<CpuMatrix>)weights;
        int columns = own.Gate.Rows;
        var job = new GatedJob
        {
            Gate = own.Gate,
            Up = own.Up,
            Plan = new WorkPlan(own.Gate, input.Rows, _team.Threads),
            Input = Activations(own.Gate, Data(input), input.Rows, input.Columns),
            Output = Data(output),
        };
        job.UpInput = Activations(own.Up, Data(input), input.Rows, input.Columns, own.Gate, job.Input);
        Run(job.Plan.Units, 2L * columns * input.Rows * input.Columns, &GatedUnit, &job);
    }

    /// <summary>output = activation(input W^T + bias) + residual, rows of the output outputStride apart.</summary>
    private unsafe void Apply(
        CpuMatrix matrix, WidenedVector? bias, float* input, int rows, Activation activation, float* residual, float* output, nint outputStride, float* biasRows = null, int biasPeriod = 1, int biasCount = 1)
    {
        var job = new LinearJob
        {
            Matrix = matrix,
            Plan = new WorkPlan(matrix, rows, _team.Threads),
            Input = Activations(matrix, input, rows, matrix.Columns),
            Bias = bias is null ? biasRows : bias.Data,
            BiasPeriod = biasPeriod,
            BiasCount = biasCount,
            Activation = activation,
            Residual = residual,
            Output = output,
            OutputStride = outputStride,
        };
        Run(job.Plan.Units, (long)matrix.Rows * rows * matrix.Columns, &LinearUnit, &job);
    }

    private static unsafe void LinearUnit(void* state, int unit)
    {
        ref LinearJob job = ref *(LinearJob*)state;
        job.Plan.Part(unit, out int firstRow, out int rows, out int firstToken, out int tokens);
        int stride = Kernels.PadRows(rows);
        float* product = Scratch.Of(Scratch.Products, (long)Kernels.PadTokens(tokens) * stride);
        Kernels.Best.Product(job.Matrix, firstRow, rows, job.Input.From(firstToken), tokens, product, stride);
        bool sharesBias = job.BiasCount == 1;
        float* bias = job.Bias == null ? null : job.Bias + firstRow;
        for (int t = 0; t < tokens; t++)
        {
            nint at = ((firstToken + t) * job.OutputStride) + firstRow;
            nint biasRow = sharesBias ? 0 : (firstToken + t) % job.BiasPeriod % job.BiasCount * (nint)job.Matrix.Rows;
            Kernels.Best.Finish(
                product + ((nint)t * stride), bias == null ? null : bias + biasRow, job.Activation, job.Residual == null ? null : job.Residual + at, job.Output + at, rows);
        }
    }

    private static unsafe void GatedUnit(void* state, int unit)
    {
        ref GatedJob job = ref *(GatedJob*)state;
        job.Plan.Part(unit, out int firstRow, out int rows, out int firstToken, out int tokens);
        int stride = Kernels.PadRows(rows);
        float* gate = Scratch.Of(Scratch.Products, (long)Kernels.PadTokens(tokens) * stride);
        float* up = Scratch.Of(Scratch.MoreProducts, (long)Kernels.PadTokens(tokens) * stride);
        Kernels.Best.Product(job.Gate, firstRow, rows, job.Input.From(firstToken), tokens, gate, stride);
        Kernels.Best.Product(job.Up, firstRow, rows, job.UpInput.From(firstToken), tokens, up, stride);
        for (int t = 0; t < tokens; t++)
            Kernels.Best.SwiGlu(gate + ((nint)t * stride), up + ((nint)t * stride), job.Output + ((firstToken + t) * (nint)job.Gate.Rows) + firstRow, rows);
    }

    /// <summary>A linear layer. The bias of token t is row t mod BiasPeriod mod BiasCount of the biases.</summary>
    private unsafe struct LinearJob
    {
        public CpuMatrix Matrix;
        public WorkPlan Plan;
        public CpuActivations Input;
        public float* Bias;
        public int BiasPeriod;
        public int BiasCount;
        public Activation Activation;
        public float* Residual;
        public float* Output;
        public nint OutputStride;
    }

    private unsafe struct GatedJob
    {
        public CpuMatrix Gate;
        public CpuMatrix Up;
        public WorkPlan Plan;
        public CpuActivations Input;
        public CpuActivations UpInput;
        public float* Output;
    }
}
