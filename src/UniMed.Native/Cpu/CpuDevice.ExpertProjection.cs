using UniMed.Native.Host;

namespace UniMed.Native.Cpu;

/// <summary>
/// All experts and their weighted sum. Shapes: tokens [rows, in], routing weights [tasks * rows, experts] -> [tasks * rows, out]. Work: 2 * rows * hidden * (in + out) FLOP for each
/// expert that any token chose for any task. Experts come one after another, in order; the tokens that chose one are gathered where not all did.
/// </summary>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    protected override unsafe void ExpertProjectionCore(ExpertWeights weights, Tensor tokens, Tensor routingWeights, int tasks, Tensor output)
    {
        var own = (InPlaceExperts<CpuMatrix>)weights;
        float* routing = Data(routingWeights);
        float* from = Data(tokens);
        float* to = Data(output);
        for (int row = 0; row < output.Rows; row++)
            new Span<float>(to + ((nint)row * output.Columns), output.Columns).Clear();
        int width = own.First[0].Matrix.Rows;
        int stride = Kernels.PadColumns(width);
        int inputStride = Kernels.PadColumns(own.InFeatures);
        // Numbers of the chosen rows, then the rows themselves.
        int* chosen = (int*)Scratch.Of(Scratch.Picked, tokens.Rows + ((long)tokens.Rows * inputStride) + Kernels.Pad);
        float* picked = (float*)chosen + Kernels.PadColumns(tokens.Rows);
        float* hidden = Scratch.Of(Scratch.Between, (long)tokens.Rows * stride);
        for (int expert = 0; expert < own.Experts; expert++)
        {
            int count = 0;
            for (int row = 0; row < tokens.Rows; row++)
            {
                bool isChosen = false;
                for (nint task = 0; task < tasks; task++)
                    isChosen |= routing[(((task * tokens.Rows) + row) * own.Experts) + expert] != 0;
                if (isChosen)
                    chosen[count++] = row;
            }

            if (count == 0)
                continue;
            float* input = from;
            if (count < tokens.Rows || inputStride != own.InFeatures)
            {
                input = picked;
                for (int i = 0; i < count; i++)
                    PadRow(from + ((nint)chosen[i] * own.InFeatures), picked + ((nint)i * inputStride), own.InFeatures, inputStride);
            }

            InPlaceLinear<CpuMatrix> last = own.First[expert];
            if (own.Second.Length > 0)
            {
                ApplyExpert(own.First[expert], input, inputStride, count, hidden, stride);
                ClearPadding(hidden, count, width, stride);
                last = own.Second[expert];
                input = hidden;
                inputStride = stride;
            }

            var job = new ExpertJob
            {
                Matrix = last.Matrix,
                Bias = last.Bias!.Data,
                Plan = new WorkPlan(last.Matrix, count, _team.Threads),
                Input = Activations(last.Matrix, input, count, inputStride),
                Chosen = chosen,
                Routing = routing + expert,
                Experts = own.Experts,
                Tasks = tasks,
                Rows = tokens.Rows,
                Output = to,
            };
            Run(job.Plan.Units, (long)last.Matrix.Rows * count * last.Matrix.Columns, &ExpertUnit, &job);
            inputStride = Kernels.PadColumns(own.InFeatures);
        }
    }

    private unsafe void ApplyExpert(InPlaceLinear<CpuMatrix> layer, float* input, int inputStride, int rows, float* output, int outputStride)
    {
        var job = new LinearJob
        {
            Matrix = layer.Matrix,
            Plan = new WorkPlan(layer.Matrix, rows, _team.Threads),
            Input = Activations(layer.Matrix, input, rows, inputStride),
            Bias = layer.Bias!.Data,
            BiasPeriod = 1,
            BiasCount = 1,
            Activation = Activation.Gelu,
            Output = output,
            OutputStride = outputStride,
        };
        Run(job.Plan.Units, (long)layer.Matrix.Rows * rows * layer.Matrix.Columns, &LinearUnit, &job);
    }

    private static unsafe void ExpertUnit(void* state, int unit)
    {
        ref ExpertJob job = ref *(ExpertJob*)state;
        job.Plan.Part(unit, out int firstRow, out int rows, out int firstToken, out int tokens);
        int stride = Kernels.PadRows(rows);
        float* product = Scratch.Of(Scratch.Products, (long)Kernels.PadTokens(tokens) * stride);
        Kernels.Best.Product(job.Matrix, firstRow, rows, job.Input.From(firstToken), tokens, product, stride);
        for (int t = 0; t < tokens; t++)
        {
            for (nint task = 0; task < job.Tasks; task++)
            {
                nint row = (task * job.Rows) + job.Chosen[firstToken + t];
                float weight = job.Routing[row * job.Experts];
                if (weight != 0)
                    Kernels.Best.AddScaled(product + ((nint)t * stride), job.Bias + firstRow, weight, job.Output + (row * job.Matrix.Rows) + firstRow, rows);
            }
        }
    }

    private unsafe struct ExpertJob
    {
        public CpuMatrix Matrix;
        public float* Bias;
        public WorkPlan Plan;
        public CpuActivations Input;
        public int* Chosen;
        public float* Routing;
        public int Experts;
        public int Tasks;
        public int Rows;
        public float* Output;
    }
}
