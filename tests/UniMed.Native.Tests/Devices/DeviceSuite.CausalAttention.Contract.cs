using Xunit;

namespace UniMed.Native.Tests.Devices;

/// <content>Calls that must be refused before anything is written.</content>
public abstract partial class DeviceSuite<TFixture>
{
    [Theory]
    [InlineData(-1)]
    [InlineData(Blocks)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void A_block_the_cache_does_not_have_is_refused_and_nothing_is_written(int block)
    {
        var random = new Random(51);
        CausalLayer layer = Layer(random, Grouped, ElementType.F32);
        KvCache cache = Cache(Grouped);
        CausalStep[] good = Steps(Inputs(random, Grouped, 10, 30), [[0, 1], [2, 3, 4, 5, 6, 7]]);
        float[][,] before = Run(layer, cache, good);
        CausalStep[] bad = Steps(Inputs(random, Grouped, 10, 30), [[0, 1], [2, 3, 4, 5, 6, block]]);

        Refused(() => Run(layer, cache, bad));

        float[][,] after = Attend(layer, cache, 0, good);
        for (int s = 0; s < 2; s++)
            Matrices.AssertSameBits(before[s], after[s]);
        Refused(() => Device.PrefillAttention(Any(40, 60), Batch(bad), cache, 0, Any(40, 60)));
        Refused(() => Device.CopyKvBlocks(cache, [0], [block]));
        Refused(() => Device.CopyKvBlocks(cache, [block], [0]));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(int.MaxValue)]
    public void A_layer_the_cache_does_not_have_is_refused(int layerIndex)
    {
        CausalLayer layer = Layer(new Random(52), Grouped, ElementType.F32);
        KvCache cache = Cache(Grouped);

        Refused(() => Device.QkvRotary(layer.Weights, Any(3, 35), new AttentionBatch([0, 3], [0], [0], 1), cache, layerIndex, Any(3, 60)));
        Refused(() => Device.PrefillAttention(Any(3, 60), new AttentionBatch([0, 3], [0], [0], 1), cache, layerIndex, Any(3, 60)));
        Refused(() => Device.DecodeAttention(Any(1, 60), new AttentionBatch([0, 1], [0], [0], 1), cache, layerIndex, Any(1, 60)));
    }

    [Fact]
    public void Positions_without_a_block_or_a_rotation_are_refused()
    {
        CausalLayer layer = Layer(new Random(53), Grouped, ElementType.F32);
        KvCache cache = Cache(Grouped);
        int[] manyBlocks = [.. Enumerable.Range(0, 20)];

        Refused(() => Device.QkvRotary(layer.Weights, Any(6, 35), new AttentionBatch([0, 6], [0], [0], 1), cache, 0, Any(6, 60)));
        Refused(() => Device.QkvRotary(layer.Weights, Any(1, 35), new AttentionBatch([0, 1], [5], [0], 1), cache, 0, Any(1, 60)));
        Refused(() => Device.QkvRotary(layer.Weights, Any(1, 35), new AttentionBatch([0, 1], [64], manyBlocks, 20), cache, 0, Any(1, 60)));
        Refused(() => Device.QkvRotary(layer.Weights, Any(2, 35), new AttentionBatch([0, 2], [63], manyBlocks, 20), cache, 0, Any(2, 60)));
        Refused(() => Device.PrefillAttention(Any(6, 60), new AttentionBatch([0, 6], [0], [0], 1), cache, 0, Any(6, 60)));
        Refused(() => Device.DecodeAttention(Any(1, 60), new AttentionBatch([0, 1], [int.MaxValue - 1], [0], 1), cache, 0, Any(1, 60)));
    }

    [Fact]
    public void Shapes_that_do_not_fit_an_attention_are_refused()
    {
        CausalLayer layer = Layer(new Random(54), Grouped, ElementType.F32);
        KvCache cache = Cache(Grouped);
        KvCache moreHeads = Cache(Grouped with { KvHeads = 4 });
        KvCache widerHeads = Cache(Grouped with { HeadDim = 12 });

        Refused(() => Device.QkvRotary(layer.Weights, Any(3, 34), new AttentionBatch([0, 3], [0], [0], 1), cache, 0, Any(3, 60)));
        Refused(() => Device.QkvRotary(layer.Weights, Any(3, 35), new AttentionBatch([0, 3], [0], [0], 1), cache, 0, Any(3, 61)));
        Refused(() => Device.QkvRotary(layer.Weights, Any(3, 35), new AttentionBatch([0, 4], [0], [0], 1), cache, 0, Any(3, 60)));
        Refused(() => Device.QkvRotary(layer.Weights, Any(3, 35), new AttentionBatch([0, 3], [0], [0], 1), moreHeads, 0, Any(3, 60)));
        Refused(() => Device.QkvRotary(layer.Weights, Any(3, 35), new AttentionBatch([0, 3], [0], [0], 1), widerHeads, 0, Any(3, 60)));
        Refused(() => Device.PrefillAttention(Any(3, 61), new AttentionBatch([0, 3], [0], [0], 1), cache, 0, Any(3, 61)));
        Refused(() => Device.PrefillAttention(Any(3, 60), new AttentionBatch([0, 3], [0], [0], 1), moreHeads, 0, Any(3, 60)));
        Refused(() => Device.PrefillAttention(Any(3, 60), new AttentionBatch([0, 3], [0], [0], 1), cache, 0, Any(4, 60)));
        Refused(() => Device.PrefillAttention(Any(4, 60), new AttentionBatch([0, 3], [0], [0], 1), cache, 0, Any(4, 60)));
        Refused(() => Device.DecodeAttention(Any(2, 60), new AttentionBatch([0, 2], [0], [0], 1), cache, 0, Any(2, 60)));
        Refused(() => Device.DecodeAttention(Any(1, 60), new AttentionBatch([0, 0, 1, 1], [0, 0, 0], [0, 1, 2], 1), cache, 0, Any(1, 60)));
    }

    [Fact]
    public void Projections_that_do_not_fit_are_refused()
    {
        var rotary = new RotaryTable(10, 8, 10000);
        var random = new Random(55);
        HostTensor query = new StoredMatrix(random, 60, 35, ElementType.F32).Tensor;
        HostTensor key = new StoredMatrix(random, 20, 35, ElementType.F32).Tensor;
        HostTensor narrow = new StoredMatrix(random, 20, 34, ElementType.F32).Tensor;

        Device.LoadQkv(query, key, key, 6, 2, rotary).Dispose();
        Refused(() => Device.LoadQkv(query, key, key, 6, 3, rotary));
        Refused(() => Device.LoadQkv(query, key, key, 5, 2, rotary));
        Refused(() => Device.LoadQkv(query, key, key, 6, 0, rotary));
        Refused(() => Device.LoadQkv(query, key, key, -6, 2, rotary));
        Refused(() => Device.LoadQkv(query, key, query, 6, 2, rotary));
        Refused(() => Device.LoadQkv(query, key, narrow, 6, 2, rotary));
        Refused(() => Device.LoadQkv(query, key, key, 6, 2, new RotaryTable(12, 8, 10000)));
        Refused(() => Device.LoadQkv(query, key, key, 6, 2, null!));
        Refused(() => Device.LoadQkv(query, key, new HostTensor(key.Address, ElementType.I8, 20, 35, 35, key.Owner), 6, 2, rotary));
    }

    [Fact]
    public void Copies_that_would_depend_on_their_order_are_refused()
    {
        KvCache cache = Cache(Grouped);

        Device.CopyKvBlocks(cache, [], []);
        Refused(() => Device.CopyKvBlocks(cache, [1, 2], [3]));
        Refused(() => Device.CopyKvBlocks(cache, [1, 2], [3, 3]));
        Refused(() => Device.CopyKvBlocks(cache, [1, 2], [2, 3]));
        Refused(() => Device.CopyKvBlocks(cache, [1], [1]));
    }

    [Theory]
    [InlineData(0, 1, 2, 3, 4)]
    [InlineData(1, 0, 2, 3, 4)]
    [InlineData(1, 1, 0, 3, 4)]
    [InlineData(1, 1, 2, -3, 4)]
    [InlineData(1, 1, 2, 3, -4)]
    public void A_cache_needs_positive_sizes(int layers, int kvHeads, int headDim, int blocks, int blockSize) =>
        Refused(() => Device.CreateKvCache(layers, kvHeads, headDim, blocks, blockSize));

    [Theory]
    [InlineData(1 << 20, 1 << 10, 1 << 10, 1 << 20, 16)]
    [InlineData(int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue)]
    public void A_cache_no_machine_can_hold_is_an_out_of_memory_error(int layers, int kvHeads, int headDim, int blocks, int blockSize) =>
        Assert.ThrowsAny<OutOfMemoryException>(() => Device.CreateKvCache(layers, kvHeads, headDim, blocks, blockSize));
}
