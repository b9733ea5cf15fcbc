using UniMed.Native.Tests.Expected;
using Xunit;

namespace UniMed.Native.Tests.Devices;

/// <content>QKV projection with rotary embedding into the paged cache, and attention over it: whole prompts, prompts in chunks, token by token.</content>
public abstract partial class DeviceSuite<TFixture>
{
    private const int Blocks = 100;

    /// <summary>Stands in block tables behind the last block in use.</summary>
    private const int Unused = -7;

    private static readonly CausalShape Grouped = new(Hidden: 35, Heads: 6, KvHeads: 2, HeadDim: 10, BlockSize: 5);

    public static TheoryData<CausalShape, ElementType> CausalShapes => new()
    {
        { Grouped, ElementType.F32 },
        { Grouped, ElementType.F16 },
        { Grouped, ElementType.BF16 },
        { Grouped, ElementType.F64 },
        { Grouped, ElementType.I8 },
        { Grouped, ElementType.U8 },
        { new CausalShape(Hidden: 9, Heads: 1, KvHeads: 1, HeadDim: 2, BlockSize: 1), ElementType.F32 },
        { new CausalShape(Hidden: 70, Heads: 3, KvHeads: 3, HeadDim: 34, BlockSize: 16), ElementType.F32 },
        { new CausalShape(Hidden: 64, Heads: 4, KvHeads: 1, HeadDim: 128, BlockSize: 7), ElementType.BF16 },
    };

    [Theory]
    [MemberData(nameof(CausalShapes))]
    public void Queries_and_attention_of_prompts_equal_the_exact_ones(CausalShape shape, ElementType type)
    {
        var random = new Random(31);
        CausalLayer[] layers = [.. Enumerable.Range(0, 3).Select(_ => Layer(random, shape, type))];
        KvCache cache = Cache(shape, layers.Length);
        float[][,] inputs = Inputs(random, shape, 1, 17, 0, 6, 23);
        CausalStep[] steps = Steps(inputs, ScatteredBlocks(random, shape, inputs));

        for (int layer = 0; layer < layers.Length; layer++)
        {
            float[][,] queries = Project(layers[layer], cache, layer, steps);
            for (int s = 0; s < inputs.Length; s++)
                AssertClose(layers[layer].ExpectedQuery(Seen(inputs[s], type)), queries[s]);
        }

        for (int layer = 0; layer < layers.Length; layer++)
        {
            float[][,] outputs = Attend(layers[layer], cache, layer, steps);
            for (int s = 0; s < inputs.Length; s++)
                AssertClose(layers[layer].ExpectedOutput(Seen(inputs[s], type)), outputs[s]);
        }
    }

    [Theory]
    [MemberData(nameof(CausalShapes))]
    public void A_prompt_in_chunks_equals_the_whole_prompt(CausalShape shape, ElementType type)
    {
        var random = new Random(32);
        CausalLayer layer = Layer(random, shape, type);
        KvCache cache = Cache(shape);
        float[][,] inputs = Inputs(random, shape, 21, 13);
        int[][] blocks = ScatteredBlocks(random, shape, inputs);
        float[][,] whole = Run(layer, cache, Steps(inputs, blocks));

        KvCache chunked = Cache(shape);
        var parts = new List<float[,]>[] { [], [] };
        foreach ((int start, int count)[] chunk in new[] { new[] { (0, 4), (0, 13) }, [(4, 0), (13, 0)], [(4, 9), (13, 0)], [(13, 8), (13, 0)] })
        {
            float[][,] outputs = Run(layer, chunked, [.. chunk.Select((c, s) => new CausalStep(inputs[s].Range(c.start, c.count), c.start, blocks[s]))]);
            for (int s = 0; s < 2; s++)
                parts[s].Add(outputs[s]);
        }

        for (int s = 0; s < 2; s++)
            AssertAgree(whole[s], Matrices.Stack([.. parts[s]]));
    }

    [Theory]
    [MemberData(nameof(CausalShapes))]
    public void Token_by_token_decoding_equals_the_whole_prompt(CausalShape shape, ElementType type)
    {
        var random = new Random(33);
        CausalLayer layer = Layer(random, shape, type);
        float[][,] inputs = Inputs(random, shape, 14, 9, 11);
        int[][] blocks = ScatteredBlocks(random, shape, inputs);
        float[][,] whole = Run(layer, Cache(shape), Steps(inputs, blocks));

        KvCache cache = Cache(shape);
        for (int position = 0; position < 14; position++)
        {
            int[] going = [.. Enumerable.Range(0, inputs.Length).Where(s => position < inputs[s].GetLength(0))];
            CausalStep[] steps = [.. going.Select(s => new CausalStep(inputs[s].Rows(position), position, blocks[s]))];
            float[][,] outputs = Run(layer, cache, steps, decode: true);
            for (int i = 0; i < going.Length; i++)
                AssertAgree(whole[going[i]].Rows(position), outputs[i]);
        }
    }

    [Fact]
    public void A_sequence_gives_the_same_bits_alone_in_company_and_in_any_order_and_place()
    {
        var random = new Random(34);
        CausalLayer layer = Layer(random, Grouped, ElementType.BF16);
        float[][,] inputs = Inputs(random, Grouped, 12, 0, 31, 7);
        float[][,] together = Run(layer, Cache(Grouped), Steps(inputs, ScatteredBlocks(random, Grouped, inputs)));

        for (int s = 0; s < inputs.Length; s++)
        {
            float[][,] one = [inputs[s]];
            Matrices.AssertSameBits(together[s], Run(layer, Cache(Grouped), Steps(one, ScatteredBlocks(random, Grouped, one)))[0]);
        }

        float[][,] reversed = [.. inputs.Reverse()];
        float[][,] outputs = Run(layer, Cache(Grouped), Steps(reversed, ScatteredBlocks(random, Grouped, reversed)));
        for (int s = 0; s < inputs.Length; s++)
            Matrices.AssertSameBits(together[s], outputs[inputs.Length - 1 - s]);
    }

    [Fact]
    public void A_decode_step_gives_the_same_bits_alone_and_in_company()
    {
        var random = new Random(35);
        CausalLayer layer = Layer(random, Grouped, ElementType.F16);
        KvCache cache = Cache(Grouped);
        float[][,] inputs = Inputs(random, Grouped, 19, 4, 10);
        CausalStep[] steps = Steps(inputs, ScatteredBlocks(random, Grouped, inputs));
        Run(layer, cache, [.. steps.Select(step => step with { Input = step.Input.Range(0, step.Input.GetLength(0) - 1) })]);
        CausalStep[] last = [.. steps.Select(step => step with { Input = step.Input.Rows(step.Input.GetLength(0) - 1), Start = step.Input.GetLength(0) - 1 })];

        float[][,] together = Run(layer, cache, last, decode: true);

        for (int s = 0; s < last.Length; s++)
            Matrices.AssertSameBits(together[s], Run(layer, cache, [last[s]], decode: true)[0]);
    }

    [Fact]
    public void NaN_stays_in_its_sequence_and_behind_its_position()
    {
        var random = new Random(36);
        CausalLayer layer = Layer(random, Grouped, ElementType.F32);
        float[][,] inputs = Inputs(random, Grouped, 8, 16, 11);
        int[][] blocks = ScatteredBlocks(random, Grouped, inputs);
        float[][,] clean = Run(layer, Cache(Grouped), Steps(inputs, blocks));

        float[][,] outputs = Run(layer, Cache(Grouped), Steps([inputs[0], inputs[1].WithRow(9, float.NaN), inputs[2]], blocks));

        Matrices.AssertSameBits(clean[0], outputs[0]);
        Matrices.AssertSameBits(clean[1].Range(0, 9), outputs[1].Range(0, 9));
        Assert.All(outputs[1].Range(9, 7).Flat().ToArray(), value => Assert.True(float.IsNaN(value)));
        Matrices.AssertSameBits(clean[2], outputs[2]);
    }

    [Fact]
    public void Writing_a_sequence_leaves_all_other_blocks_and_layers_as_they_are()
    {
        var random = new Random(37);
        CausalLayer layer = Layer(random, Grouped, ElementType.F32);
        KvCache cache = Cache(Grouped, layers: 3);
        float[][,] inputs = Inputs(random, Grouped, 60, 60, 60);
        int[][] blocks = ScatteredBlocks(random, Grouped, inputs);
        CausalStep[] steps = Steps(inputs, blocks);
        float[][][,] before = [.. Enumerable.Range(0, 3).Select(l => Run(layer, cache, steps, l))];
        var other = new CausalStep(RandomValues.Matrix(random, 13, Grouped.Hidden), 0, [.. Enumerable.Range(0, Blocks).Except(blocks.SelectMany(b => b)).Take(3)]);

        Run(layer, cache, [other], layerIndex: 1);
        Run(layer, cache, [steps[1] with { Input = RandomValues.Matrix(random, 60, Grouped.Hidden) }], layerIndex: 1);

        foreach ((int l, int s) in new[] { (0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1), (2, 2) })
            Matrices.AssertSameBits(before[l][s], Attend(layer, cache, l, [steps[s]])[0]);
    }

    [Fact]
    public void Sequences_may_share_the_blocks_of_a_common_prefix()
    {
        var random = new Random(38);
        CausalLayer layer = Layer(random, Grouped, ElementType.F32);
        float[,] prefix = RandomValues.Matrix(random, 10, Grouped.Hidden);
        float[][,] endings = Inputs(random, Grouped, 7, 3);
        float[][,] full = [.. endings.Select(ending => Matrices.Stack(prefix, ending))];
        float[][,] apart = Run(layer, Cache(Grouped), Steps(full, ScatteredBlocks(random, Grouped, full)));
        KvCache cache = Cache(Grouped);

        Run(layer, cache, [new CausalStep(prefix, 0, [11, 3])]);
        float[][,] shared = Run(layer, cache, [new CausalStep(endings[0], 10, [11, 3, 20, 1]), new CausalStep(endings[1], 10, [11, 3, 0])]);

        for (int s = 0; s < 2; s++)
            AssertAgree(apart[s].Range(10, endings[s].GetLength(0)), shared[s]);
    }

    [Fact]
    public void A_copied_block_continues_on_its_own_in_every_layer()
    {
        var random = new Random(39);
        CausalLayer layer = Layer(random, Grouped, ElementType.F32);
        KvCache cache = Cache(Grouped, layers: 2);
        float[,] start = RandomValues.Matrix(random, 8, Grouped.Hidden);
        float[][,] next = Inputs(random, Grouped, 2, 2);
        for (int l = 0; l < 2; l++)
            Run(layer, cache, [new CausalStep(start, 0, [4, 9])], layerIndex: l);

        Device.CopyKvBlocks(cache, [9], [30]);

        for (int l = 0; l < 2; l++)
        {
            Run(layer, cache, [new CausalStep(next[0], 8, [4, 9])], layerIndex: l);
            float[,] forked = Run(layer, cache, [new CausalStep(next[1], 8, [4, 30])], layerIndex: l)[0];
            AssertAgree(Run(layer, Cache(Grouped), [new CausalStep(Matrices.Stack(start, next[1]), 0, [0, 1])])[0].Range(8, 2), forked);
            float[,] original = Attend(layer, cache, l, [new CausalStep(Matrices.Stack(start, next[0]), 0, [4, 9])])[0];
            Matrices.AssertSameBits(Run(layer, Cache(Grouped), [new CausalStep(Matrices.Stack(start, next[0]), 0, [0, 1])])[0], original);
        }
    }

    [Fact]
    public void Parallel_callers_may_write_different_blocks_of_one_cache()
    {
        var random = new Random(40);
        CausalLayer layer = Layer(random, Grouped, ElementType.F32);
        KvCache cache = Cache(Grouped);
        float[][,] inputs = Inputs(random, Grouped, 18, 25, 9, 14, 30, 5);
        CausalStep[] steps = Steps(inputs, ScatteredBlocks(random, Grouped, inputs));
        float[][,] alone = [.. steps.Select(step => Run(layer, Cache(Grouped), [step])[0])];

        Parallel.For(0, steps.Length, new ParallelOptions { MaxDegreeOfParallelism = steps.Length }, s => Matrices.AssertSameBits(alone[s], Run(layer, cache, [steps[s]])[0]));
    }

    [Fact]
    public void Rotation_is_exact_at_far_positions()
    {
        var shape = new CausalShape(Hidden: 8, Heads: 2, KvHeads: 2, HeadDim: 6, BlockSize: 64, Positions: 2048);
        var random = new Random(41);
        CausalLayer layer = Layer(random, shape, ElementType.F32);
        float[,] input = RandomValues.Matrix(random, 2, shape.Hidden);
        int[] blocks = [.. Enumerable.Range(0, 32)];

        float[,] query = Project(layer, Cache(shape), 0, [new CausalStep(input, 2046, blocks)])[0];

        float[,] padded = Matrices.Stack(new float[2046, shape.Hidden], input);
        Bounded[,] all = layer.ExpectedQuery(ExpectedLinear.Exact(padded));
        var expected = new Bounded[2, 12];
        for (int c = 0; c < 12; c++)
            (expected[0, c], expected[1, c]) = (all[2046, c], all[2047, c]);
        AssertClose(expected, query);
    }
}
