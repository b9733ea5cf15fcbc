namespace UniMed.Native.Cuda;

/// <summary>Router and experts: native/cuda/connector.</summary>
internal sealed partial class CudaDevice
{
    private const int MostExperts = 256;

    /// <inheritdoc/>
    public override void FoldTask(RouterWeights weights, Tensor taskTokens, Tensor folded)
    {
        var own = Own<CudaRouterWeights>(weights);
        Require.Shape(taskTokens, taskTokens.Rows, own.Task.Columns, nameof(taskTokens));
        Require.Shape(folded, taskTokens.Rows, own.Task.Rows, nameof(folded));
        Product(own.Task, own.Fc1Bias.Pointer, At(taskTokens), DevicePointer.Null, At(folded), taskTokens.Rows, (int)Activation.None);
    }

    /// <inheritdoc/>
    public override void Router(RouterWeights? weights, RouterOptions options, Tensor tokens, int tokensPerImage, Tensor? folded, Tensor routingWeights)
    {
        int experts = routingWeights.Columns;
        int tasks = Require.Routing(options, tokens, routingWeights);
        DevicePointer to = At(routingWeights);
        if (options.Kind is RouterKind.Hard or RouterKind.Constant)
        {
            FixedRouting(to, routingWeights.Rows, experts, options.Kind == RouterKind.Hard ? options.Expert : -1);
            return;
        }

        var own = Own<CudaRouterWeights>(weights ?? throw new ArgumentNullException(nameof(weights), $"{options.Kind} routing needs a router."));
        Tensor constant = folded ?? throw new ArgumentNullException(nameof(folded), $"{options.Kind} routing needs the folded first layer.");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokensPerImage);
        int hidden = own.Token.Rows;
        int foldedRows = Require.FoldedRows(constant, tasks, hidden);
        if (experts > MostExperts)
            throw new ArgumentException($"The CUDA device routes to at most {MostExperts} experts, not {experts}.", nameof(routingWeights));
        if (experts != own.Experts || tokens.Rows % tokensPerImage != 0)
            throw new ArgumentException($"{experts} weights for {own.Experts} experts, {tokens.Rows} rows for images of {tokensPerImage}.", nameof(routingWeights));
        if (own.Token.Columns != 0)
            Require.Shape(tokens, tokens.Rows, own.Token.Columns, nameof(tokens));
        DevicePointer from = At(tokens);
        // Of another device it is refused, whether there are rows or not.
        _ = At(constant);
        if (tokens.Rows == 0)
            return;

        using CudaScratch first = own.Token.Columns == 0 ? default : Scratch((long)tokens.Rows * hidden * sizeof(float));
        if (own.Token.Columns != 0)
            Product(own.Token, DevicePointer.Null, from, DevicePointer.Null, first.Pointer, tokens.Rows, (int)Activation.None);
        for (int task = 0; task < tasks; task++)
        {
            CudaLaunch launch = Begin(own.Fc2Type == HalfType.F16 ? "router_f16" : "router_bf16", new CudaLaunchShape(tokens.Rows, 512));
            launch.Add(first.Pointer);
            launch.Add(At(constant.Slice(task * foldedRows, foldedRows)));
            launch.Add(own.Fc2.Pointer);
            launch.Add(own.Fc2Bias.Pointer);
            launch.Add(At(routingWeights.Slice(task * tokens.Rows, tokens.Rows)));
            launch.Add(hidden);
            launch.Add(experts);
            launch.Add(tokensPerImage);
            launch.Add(foldedRows);
            launch.Add((int)options.Kind);
            launch.Add(options.TopK);
            Run(launch);
        }
    }

    /// <inheritdoc/>
    public override void ExpertProjection(ExpertWeights weights, Tensor tokens, Tensor routingWeights, Tensor output)
    {
        var own = Own<CudaExpertWeights>(weights);
        int rows = tokens.Rows;
        Require.Shape(tokens, rows, own.First.Columns, nameof(tokens));
        int tasks = Require.Tasks(tokens, routingWeights, nameof(routingWeights));
        Require.Shape(routingWeights, routingWeights.Rows, own.Experts, nameof(routingWeights));
        Require.Shape(output, routingWeights.Rows, own.OutFeatures, nameof(output));
        DevicePointer from = At(tokens);
        DevicePointer routing = At(routingWeights);
        // Of another device it is refused, whether there are rows or not.
        _ = At(output);
        if (rows == 0)
            return;

        using CudaScratch any = tasks == 1 ? default : Scratch((long)rows * own.Experts * sizeof(float));
        DevicePointer chosen = tasks == 1 ? routing : any.Pointer;
        if (tasks > 1)
            ChosenForAnyTask(routing, chosen, tasks, rows * own.Experts);
        using CudaScratch operands = Scratch((long)rows * OperandColumns(own.First.Columns) * sizeof(ushort));
        using CudaScratch parts = Scratch((long)own.Experts * rows * own.OutFeatures * sizeof(float));
        CudaLaunch round = Begin(own.First.Kernel("expert_tokens"), new CudaLaunchShape(rows, 256));
        round.Add(from);
        round.Add(operands.Pointer);
        round.Add(own.First.Columns);
        Run(round);
        if (own.Second is null)
        {
            ExpertParts(own.First, operands.Pointer, chosen, parts.Pointer, rows, own, sharedInput: 1);
        }
        else
        {
            using CudaScratch hidden = Scratch((long)own.Experts * rows * OperandColumns(own.Hidden) * sizeof(ushort));
            CudaLaunch first = Begin(own.First.Kernel("expert_hidden"), new CudaLaunchShape(Blocks(rows, 64), 256, own.Experts * Blocks(own.Hidden, 64)));
            first.Add(own.First.Pointer);
            first.Add(own.FirstBias.Pointer);
            first.Add(operands.Pointer);
            first.Add(chosen);
            first.Add(hidden.Pointer);
            first.Add(rows);
            first.Add(own.Experts);
            first.Add(own.First.Columns);
            first.Add(own.Hidden);
            Run(first);
            ExpertParts(own.Second, hidden.Pointer, chosen, parts.Pointer, rows, own, sharedInput: 0);
        }

        for (int task = 0; task < tasks; task++)
        {
            CudaLaunch sum = Begin("expert_sum", new CudaLaunchShape(rows, 256, Blocks(own.OutFeatures, 1024)));
            sum.Add(parts.Pointer);
            sum.Add((own.SecondBias ?? own.FirstBias).Pointer);
            sum.Add(At(routingWeights.Slice(task * rows, rows)));
            sum.Add(At(output.Slice(task * rows, rows)));
            sum.Add(rows);
            sum.Add(own.Experts);
            sum.Add(own.OutFeatures);
            Run(sum);
        }
    }

    private void ChosenForAnyTask(DevicePointer routing, DevicePointer chosen, int tasks, int weights)
    {
        CudaLaunch launch = Begin("routing_weights_of_any", new CudaLaunchShape(Blocks(weights, 256), 256));
        launch.Add(routing);
        launch.Add(chosen);
        launch.Add(tasks);
        launch.Add(weights);
        Run(launch);
    }

    private void ExpertParts(CudaMatrix matrix, DevicePointer operands, DevicePointer routing, DevicePointer parts, int rows, CudaExpertWeights own, int sharedInput)
    {
        CudaLaunch launch = Begin(matrix.Kernel("expert_parts"), new CudaLaunchShape(Blocks(rows, 64), 256, own.Experts * Blocks(own.OutFeatures, 64)));
        launch.Add(matrix.Pointer);
        launch.Add(operands);
        launch.Add(routing);
        launch.Add(parts);
        launch.Add(rows);
        launch.Add(own.Experts);
        launch.Add(matrix.Columns);
        launch.Add(own.OutFeatures);
        launch.Add(sharedInput);
        Run(launch);
    }

    private void FixedRouting(DevicePointer routing, int rows, int experts, int expert)
    {
        if (rows == 0 || experts == 0)
            return;
        CudaLaunch launch = Begin("routing_weights_fixed", new CudaLaunchShape(Blocks((long)rows * experts, 256), 256));
        launch.Add(routing);
        launch.Add(rows);
        launch.Add(experts);
        launch.Add(expert);
        Run(launch);
    }

    /// <summary>Numbers of an operand row: whole stages of 64 columns (native/cuda/connector/operand_rows.h).</summary>
    private static int OperandColumns(int columns) => Blocks(columns, 64) * 64;
}
