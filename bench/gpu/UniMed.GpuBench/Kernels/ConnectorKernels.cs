using UniMed.Bench.Synthetic;
using UniMed.Inference;
using UniMed.Native;

namespace UniMed.GpuBench.Kernels;

/// <summary>Kernels of router and experts, for the visual tokens of one image. Experts are f16 on the card whatever the file holds.</summary>
internal static class ConnectorKernels
{
    /// <summary>Times them.</summary>
    public static void Time(KernelTimer timer, Device device, VisionConfig vision, ConnectorConfig config, int outputs, IReadOnlyList<SyntheticDtype> dtypes)
    {
        int channels = vision.EmbedDim * config.ResampleRate;
        int tokens = vision.Grid * vision.Grid / config.ResampleRate;
        foreach (SyntheticDtype dtype in dtypes)
            TimeRouter(timer, device, dtype, tokens, channels, 4 * (config.TaskTokenC + channels), config.NumExperts);
        TimeExperts(timer, device, tokens, channels, outputs, config.NumExperts);
    }

    private static void TimeRouter(KernelTimer timer, Device device, SyntheticDtype dtype, int tokens, int channels, int hidden, int experts)
    {
        BenchNumbers numbers = timer.Numbers;
        using var buffers = new BenchBuffers(device);
        // The task's half of the first layer is folded when a model is loaded: without task columns the rest is what an image costs.
        RouterWeights router = buffers.DisposeWithThis(device.LoadRouter(numbers.Matrix(dtype, hidden, channels), numbers.Vector(hidden), numbers.Matrix(dtype, experts, hidden), numbers.Vector(experts), 0));
        Tensor input = buffers.Put(numbers.Activations(tokens, channels), tokens, channels);
        Tensor folded = buffers.Put(numbers.Activations(1, hidden), 1, hidden);
        Tensor routing = buffers.Empty(tokens, experts);
        timer.Time(
            $"router, {tokens} tokens",
            () => device.Router(router, new RouterOptions(RouterKind.Soft), input, tokens, folded, routing),
            LinearCase.Matrices(router),
            [
                .. LinearCase.Parts(timer, dtype, tokens, channels, hidden),
                new KernelPart("router_", (4.0 * tokens * hidden) + (4.0 * hidden) + (2.0 * experts * hidden), 2.0 * tokens * experts * hidden),
            ]);
    }

    private static void TimeExperts(KernelTimer timer, Device device, int tokens, int channels, int outputs, int experts)
    {
        BenchNumbers numbers = timer.Numbers;
        using var buffers = new BenchBuffers(device);
        ExpertWeights weights = buffers.DisposeWithThis(device.LoadExperts(
            [.. Enumerable.Range(0, experts).Select(_ => (numbers.Matrix(SyntheticDtype.F16, outputs, channels), numbers.Vector(outputs)))],
            [.. Enumerable.Range(0, experts).Select(_ => (numbers.Matrix(SyntheticDtype.F16, outputs, outputs), numbers.Vector(outputs)))]));
        Tensor input = buffers.Put(numbers.Activations(tokens, channels), tokens, channels);
        float[] even = new float[tokens * experts];
        Array.Fill(even, 1f / experts);
        Tensor routing = buffers.Put(even, tokens, experts);
        Tensor output = buffers.Empty(tokens, outputs);
        double hiddenBytes = 2.0 * experts * tokens * outputs;
        double partBytes = 4.0 * experts * tokens * outputs;
        timer.Time(
            $"{experts} experts, {tokens} tokens",
            () => device.ExpertProjection(weights, input, routing, output),
            LinearCase.Matrices(weights),
            [
                new KernelPart("expert_tokens", 6.0 * tokens * channels, 0),
                new KernelPart("expert_hidden", (2.0 * experts * channels * outputs) + (2.0 * tokens * channels) + hiddenBytes, 2.0 * experts * tokens * channels * outputs),
                new KernelPart("expert_parts", (2.0 * experts * outputs * outputs) + hiddenBytes + partBytes, 2.0 * experts * tokens * outputs * outputs),
                new KernelPart("expert_sum", partBytes + (4.0 * tokens * outputs), experts * tokens * outputs),
            ]);
    }
}
