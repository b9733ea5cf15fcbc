using UniMed.Bench.Synthetic;
using UniMed.Native;

namespace UniMed.GpuBench.Checks;

/// <content>Vision transformer and connector.</content>
internal sealed partial class OperationChecks
{
    /// <summary>Tasks that are routed and projected together; the golden cases of the small model do it for one.</summary>
    private const int Tasks = 2;

    private void CheckVision(CheckShape shape)
    {
        const int Images = 2;
        int width = shape.VisionWidth;
        int tokens = 1 + (shape.Grid * shape.Grid);
        int side = shape.Grid * shape.Patch;
        foreach (SyntheticDtype dtype in (SyntheticDtype[])[SyntheticDtype.F16, SyntheticDtype.Bf16])
        {
            HostTensor convolution = _numbers.Matrix(dtype, width, 3 * shape.Patch * shape.Patch);
            HostTensor bias = _numbers.Vector(width);
            HostTensor classToken = _numbers.Vector(width, 0, 1);
            HostTensor positions = _numbers.Table(SyntheticDtype.F32, tokens, width);
            float[] pixels = _numbers.Activations(Images, 3 * side * side);
            Compare("PatchEmbedding", $"{shape.Name} {Label(dtype)}, {Images} images of {side} x {side}, width {width}", Bound(dtype), buffers =>
            {
                PatchEmbeddingWeights weights = buffers.DisposeWithThis(buffers.Device.LoadPatchEmbedding(convolution, bias, classToken, positions, shape.Patch, shape.Grid));
                Tensor output = buffers.Empty(Images * tokens, width);
                buffers.Device.PatchEmbedding(weights, buffers.Put(pixels, Images, 3 * side * side), output);
                return output;
            });
        }

        int headDim = width / shape.VisionHeads;
        int[] offsets = [0, tokens, tokens + 17, (2 * tokens) + 17];
        float[] qkv = _numbers.Activations(offsets[^1], 3 * width);
        Compare("VisionAttention", $"{shape.Name} rows {string.Join(", ", offsets)}, {shape.VisionHeads} heads of {headDim}", 2 * F16Bound, buffers => Attend(buffers, qkv, offsets, width, shape.VisionHeads));
        float[] together = On(_device, buffers => Attend(buffers, qkv, offsets, width, shape.VisionHeads)).Values;
        float[] last = On(_device, buffers => Attend(buffers, qkv[(offsets[2] * 3 * width)..], [0, tokens], width, shape.VisionHeads)).Values;
        Same("VisionAttention", $"{shape.Name}: bits of an image alone and beside others", together[(offsets[2] * width)..], last);

        float[] patches = _numbers.Activations(Images * shape.Grid * shape.Grid, width);
        foreach (PoolKind kind in Enum.GetValues<PoolKind>())
        {
            int pooled = Images * (shape.Grid / 2) * (shape.Grid / 2);
            Compare("Pool", $"{shape.Name} {kind}, grid {shape.Grid}", kind == PoolKind.Max ? 0 : Fp32Bound, buffers =>
            {
                Tensor output = buffers.Empty(pooled, width);
                buffers.Device.Pool(buffers.Put(patches, Images * shape.Grid * shape.Grid, width), shape.Grid, kind, output);
                return output;
            });
        }

        static Tensor Attend(BenchBuffers buffers, float[] qkv, int[] offsets, int width, int heads)
        {
            Tensor output = buffers.Empty(offsets[^1], width);
            buffers.Device.VisionAttention(buffers.Put(qkv, offsets[^1], 3 * width), heads, offsets, output);
            return output;
        }
    }

    private void CheckConnector(CheckShape shape)
    {
        foreach (SyntheticDtype dtype in _dtypes)
            CheckRouter(shape, dtype);
        CheckFixedRouting(shape);
        foreach (SyntheticDtype dtype in (SyntheticDtype[])[SyntheticDtype.F16, SyntheticDtype.Bf16])
            CheckExperts(shape, dtype);
    }

    private void CheckRouter(CheckShape shape, SyntheticDtype dtype)
    {
        const int TokensPerImage = 18;
        const int Rows = 2 * TokensPerImage;
        // A quantized first layer must have a block border where it is cut.
        const int TaskColumns = 64;
        int experts = shape.Experts;
        HostTensor fc1 = _numbers.Matrix(dtype, shape.RouterHidden, TaskColumns + shape.Channels);
        HostTensor fc1Bias = _numbers.Vector(shape.RouterHidden);
        HostTensor fc2 = _numbers.Matrix(dtype, experts, shape.RouterHidden);
        HostTensor fc2Bias = _numbers.Vector(experts);
        float[] taskTokens = _numbers.Activations(Tasks, TaskColumns);
        float[] tokens = _numbers.Activations(Rows, shape.Channels);
        string what = $"{shape.Name} {Label(dtype)}, {Tasks} tasks, {Rows} x {shape.Channels}, hidden {shape.RouterHidden}, {experts} experts";
        Compare("FoldTask", what, Bound(dtype), buffers =>
        {
            Tensor folded = buffers.Empty(Tasks, shape.RouterHidden);
            buffers.Device.FoldTask(buffers.DisposeWithThis(buffers.Device.LoadRouter(fc1, fc1Bias, fc2, fc2Bias, TaskColumns)), buffers.Put(taskTokens, Tasks, TaskColumns), folded);
            return folded;
        });
        Compare("Router", $"{what}, soft", Bound(dtype), buffers => Route(buffers, new RouterOptions(RouterKind.Soft)));
        // The logits of some tokens nearly tie at the border, where another rounding keeps another expert: all experts kept have no border.
        Compare("Router", $"{what}, sparse, all kept", 2 * Bound(dtype), buffers => Route(buffers, new RouterOptions(RouterKind.Sparse, experts)));
        CheckSparse($"{what}, sparse, 2 kept", Bound(dtype), Route);
        Tensor Route(BenchBuffers buffers, RouterOptions options)
        {
            RouterWeights router = buffers.DisposeWithThis(buffers.Device.LoadRouter(fc1, fc1Bias, fc2, fc2Bias, TaskColumns));
            Tensor folded = buffers.Empty(Tasks, shape.RouterHidden);
            buffers.Device.FoldTask(router, buffers.Put(taskTokens, Tasks, TaskColumns), folded);
            Tensor routing = buffers.Empty(Tasks * Rows, experts);
            buffers.Device.Router(router, options, buffers.Put(tokens, Rows, shape.Channels), TokensPerImage, folded, routing);
            return routing;
        }
    }

    /// <summary>Routing that looks at nothing.</summary>
    private void CheckFixedRouting(CheckShape shape)
    {
        const int Rows = 36;
        float[] tokens = _numbers.Activations(Rows, shape.Channels);
        foreach (RouterOptions options in (RouterOptions[])[new(RouterKind.Constant), new(RouterKind.Hard, Expert: shape.Experts - 1)])
        {
            Compare("Router", $"{shape.Name} {options.Kind}", 0, buffers =>
            {
                Tensor routing = buffers.Empty(Rows, shape.Experts);
                buffers.Device.Router(null, options, buffers.Put(tokens, Rows, shape.Channels), Rows, null, routing);
                return routing;
            });
        }
    }

    /// <summary>Two experts a token: compares the tokens whose second and third weight are clearly apart.</summary>
    private void CheckSparse(string what, double bound, Func<BenchBuffers, RouterOptions, Tensor> route)
    {
        const double Apart = 0.05;
        (float[] all, int experts) = On(_reference, buffers => route(buffers, new RouterOptions(RouterKind.Soft)));
        float[] expected = On(_reference, buffers => route(buffers, new RouterOptions(RouterKind.Sparse, 2))).Values;
        float[] actual = On(_device, buffers => route(buffers, new RouterOptions(RouterKind.Sparse, 2))).Values;
        int rows = all.Length / experts;
        int[] clear =
        [
            .. Enumerable.Range(0, rows).Where(row =>
            {
                float[] weights = [.. all.AsSpan(row * experts, experts).ToArray().OrderDescending()];
                return weights[1] - weights[2] > Apart * weights[1];
            }),
        ];
        float[] Rows(float[] values) => [.. clear.SelectMany(row => values.AsSpan(row * experts, experts).ToArray())];
        double error = clear.Length == 0 ? double.NaN : Difference.Largest(Rows(expected), Rows(actual), experts);
        _found(new Reporting.CheckRow("Router", $"{what}: {clear.Length} of {rows} tokens without a near tie", error, 2 * bound));
    }

    private void CheckExperts(CheckShape shape, SyntheticDtype dtype)
    {
        const int Rows = 36;
        int experts = shape.Experts;
        (HostTensor, HostTensor)[] first = [.. Enumerable.Range(0, experts).Select(_ => (_numbers.Matrix(dtype, shape.Hidden, shape.Channels), _numbers.Vector(shape.Hidden)))];
        (HostTensor, HostTensor)[] second = [.. Enumerable.Range(0, experts).Select(_ => (_numbers.Matrix(dtype, shape.Hidden, shape.Hidden), _numbers.Vector(shape.Hidden)))];
        float[] tokens = _numbers.Activations(Rows, shape.Channels);
        float[] routing = _numbers.Activations(Tasks * Rows, experts);
        for (int i = 0; i < routing.Length; i++)
            routing[i] = i % 3 == 0 ? 0 : Math.Abs(routing[i]);
        foreach ((string kind, (HostTensor, HostTensor)[] layers) in new[] { ("moe_mlp", second), ("moe_linear", []) })
        {
            Compare("ExpertProjection", $"{shape.Name} {Label(dtype)} {kind}, {Tasks} tasks, {Rows} x {shape.Channels} -> {shape.Hidden}, {experts} experts, some not chosen", Bound(dtype), buffers =>
            {
                Tensor output = buffers.Empty(Tasks * Rows, shape.Hidden);
                buffers.Device.ExpertProjection(
                    buffers.DisposeWithThis(buffers.Device.LoadExperts(first, layers)), buffers.Put(tokens, Rows, shape.Channels), buffers.Put(routing, Tasks * Rows, experts), output);
                return output;
            });
        }
    }
}
