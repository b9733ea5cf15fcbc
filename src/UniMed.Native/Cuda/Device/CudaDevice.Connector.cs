namespace UniMed.Native.Cuda;

/// <summary>Router and experts: native/cuda/connector.</summary>
internal sealed partial class CudaDevice
{
    private const int MaxExperts = 256;

    /// <inheritdoc/>
    protected override void FoldTaskCore(RouterWeights weights, Tensor taskTokens, Tensor folded)
    {
        var own = (PackedRouter)weights;
        Product(own.Task, own.Fc1Bias.Pointer, At(taskTokens), DevicePointer.Null, At(folded), taskTokens.Rows, (int)Activation.None);
    }

    /// <inheritdoc/>
    protected override void FixedRoutingCore(RouterOptions options, Tensor tokens, Tensor routingWeights)
    {
        CudaLaunch launch = Begin("routing_weights_fixed", new CudaLaunchShape(Blocks(routingWeights.Length, 256), 256));
        launch.Add(At(routingWeights));
        launch.Add(routingWeights.Rows);
        launch.Add(routingWeights.Columns);
        launch.Add(options.Kind == RouterKind.Hard ? options.Expert : -1);
        Run(launch);
    }

    /// <inheritdoc/>
    protected override void RouterCore(RouterWeights weights, RouterOptions options, Tensor tokens, int tokensPerImage, Tensor folded, int tasks, Tensor routingWeights)
    {
        var own = (PackedRouter)weights;
        if (own.Experts > MaxExperts)
            throw new ArgumentException($"The CUDA device routes to at most {MaxExperts} experts, not {own.Experts}.", nameof(routingWeights));
        int experts = own.Experts;
        int hidden = own.Hidden;
        int foldedRows = folded.Rows / tasks;
        DevicePointer from = At(tokens);
        using CudaScratch first = own.Token.Columns == 0 ? default : Scratch((long)tokens.Rows * hidden * sizeof(float));
        if (own.Token.Columns != 0)
            Product(own.Token, DevicePointer.Null, from, DevicePointer.Null, first.Pointer, tokens.Rows, (int)Activation.None);
        for (int task = 0; task < tasks; task++)
        {
            CudaLaunch launch = Begin(own.Fc2.Kernel("router"), new CudaLaunchShape(tokens.Rows, 512));
            launch.Add(first.Pointer);
            launch.Add(At(folded.Slice(task * foldedRows, foldedRows)));
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
    protected override void ExpertProjectionCore(ExpertWeights weights, Tensor tokens, Tensor routingWeights, int tasks, Tensor output)
    {
        var own = (PackedExperts)weights;
        int rows = tokens.Rows;
        DevicePointer from = At(tokens);
        DevicePointer routing = At(routingWeights);
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

    private void ExpertParts(CudaMatrix matrix, DevicePointer operands, DevicePointer routing, DevicePointer parts, int rows, PackedExperts own, int sharedInput)
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

    /// <summary>Numbers of an operand row: whole stages of 64 columns (native/cuda/connector/operand_rows.h).</summary>
    private static int OperandColumns(int columns) => Blocks(columns, 64) * 64;
}
