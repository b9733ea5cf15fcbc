using UniMed.Native.Cpu;
using UniMed.Native.Tests.Devices;
using Xunit;

namespace UniMed.Native.Tests.Cpu;

/// <summary>The operations of a decode step allocate no managed memory and keep no native memory once they have run.</summary>
[Collection(nameof(CpuAllocationTests))]
[CollectionDefinition(nameof(CpuAllocationTests), DisableParallelization = true)]
public sealed class CpuAllocationTests
{
    private const int Hidden = 96;
    private const int Vocabulary = 1000;

    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.I8)]
    [InlineData(ElementType.U8)]
    public void A_decode_step_allocates_nothing(ElementType type)
    {
        var random = new Random(79);
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 2 });
        using NormWeights norm = device.LoadNorm(new StoredMatrix(random, 1, Hidden, ElementType.F32).Tensor, null);
        using QkvWeights qkv = device.LoadQkv(Matrix(Hidden, Hidden), Matrix(Hidden, Hidden), Matrix(Hidden, Hidden), 4, 4, new RotaryTable(24, 64, 10000));
        using LinearWeights projection = device.LoadLinear(Matrix(Hidden, Hidden), null);
        using GatedWeights gated = device.LoadGated(Matrix(300, Hidden), Matrix(300, Hidden));
        using LinearWeights down = device.LoadLinear(Matrix(Hidden, 300), null);
        using LinearWeights head = device.LoadLinear(Matrix(Vocabulary, Hidden), null);
        using EmbeddingWeights table = device.LoadEmbedding(new StoredMatrix(random, Vocabulary, Hidden, ElementType.F16).Tensor);
        using KvCache cache = device.CreateKvCache(1, 4, 24, 4, 16);
        using DeviceBuffer rows = device.Allocate(4 * Hidden);
        using DeviceBuffer wide = device.Allocate(300 + Vocabulary);
        Tensor hidden = new(rows, 0, 1, Hidden);
        Tensor normed = new(rows, Hidden, 1, Hidden);
        Tensor query = new(rows, 2 * Hidden, 1, Hidden);
        Tensor attended = new(rows, 3 * Hidden, 1, Hidden);
        Tensor between = new(wide, 0, 1, 300);
        Tensor logits = new(wide, 300, 1, Vocabulary);
        var tokens = new SampledToken[1];
        int[] offsets = [0, 1], starts = [0], blocks = [2, 0, 3, 1], history = [0, 0];
        int[] ids = [5];
        SamplingParameters[] greedy = [new(false, 1, 0, 1, 1, 0, 0, 0)];

        for (int position = 0; position < 10; position++)
            Step(position);

        Assert.Equal(0, ManagedAllocations.Least(FiftySteps));
        // A decode step on the team may not allocate either, in any round.
        Assert.InRange(ManagedAllocations.LeastOfProcess(FiftySteps, 50 * 64), 0, 50 * 64);

        void FiftySteps()
        {
            for (int position = 10; position < 60; position++)
                Step(position);
        }

        HostTensor Matrix(int outputs, int inputs) => new StoredMatrix(random, outputs, inputs, type).Tensor;

        void Step(int position)
        {
            starts[0] = position;
            var batch = new AttentionBatch(offsets, starts, blocks, 4);
            device.Embed(table, ids, null, hidden);
            device.RmsNorm(norm, hidden, 1e-5f, normed);
            device.QkvRotary(qkv, normed, batch, cache, 0, query);
            device.DecodeAttention(query, batch, cache, 0, attended);
            device.Linear(projection, attended, Activation.None, hidden, hidden);
            device.RmsNorm(norm, hidden, 1e-5f, normed);
            device.SwiGlu(gated, normed, between);
            device.Linear(down, between, Activation.None, hidden, hidden);
            device.Linear(head, hidden, Activation.None, null, logits);
            device.Sample(logits, greedy, [], history, tokens);
            ids[0] = tokens[0].Id;
        }
    }
}
