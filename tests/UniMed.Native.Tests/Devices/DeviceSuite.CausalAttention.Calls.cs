using Xunit;

namespace UniMed.Native.Tests.Devices;

/// <content>How the tests call the operations: steps of several sequences become one ragged batch, results are split again.</content>
public abstract partial class DeviceSuite<TFixture>
{
    private CausalLayer Layer(Random random, CausalShape shape, ElementType type) => Own(new CausalLayer(Device, random, shape, type));

    private KvCache Cache(CausalShape shape, int layers = 1) => Own(Device.CreateKvCache(layers, shape.KvHeads, shape.HeadDim, Blocks, shape.BlockSize));

    private static float[][,] Inputs(Random random, CausalShape shape, params int[] lengths) =>
        [.. lengths.Select(length => RandomValues.Matrix(random, length, shape.Hidden, 3))];

    /// <summary>Blocks for each sequence, none shared, in no order; one entry more than needed, which holds no block.</summary>
    private static int[][] ScatteredBlocks(Random random, CausalShape shape, float[][,] inputs)
    {
        int[] free = [.. Enumerable.Range(0, Blocks)];
        random.Shuffle(free);
        int taken = 0;
        var blocks = new int[inputs.Length][];
        for (int s = 0; s < inputs.Length; s++)
        {
            int count = (inputs[s].GetLength(0) + shape.BlockSize - 1) / shape.BlockSize;
            blocks[s] = [.. free.AsSpan(taken, count), Unused];
            taken += count;
        }

        return blocks;
    }

    private static CausalStep[] Steps(float[][,] inputs, int[][] blocks) => [.. inputs.Select((input, s) => new CausalStep(input, 0, blocks[s]))];

    /// <summary>Writes the steps' keys and values to the cache and attends to them.</summary>
    private float[][,] Run(CausalLayer layer, KvCache cache, CausalStep[] steps, int layerIndex = 0, bool decode = false) =>
        Attend(Queries(layer, cache, layerIndex, steps), cache, layerIndex, steps, decode);

    /// <summary>Attends to positions that the cache already holds: the queries come from a projection into another cache.</summary>
    private float[][,] Attend(CausalLayer layer, KvCache cache, int layerIndex, CausalStep[] steps) =>
        Attend(Queries(layer, Cache(layer.Shape, cache.Layers), layerIndex, steps), cache, layerIndex, steps, decode: false);

    private float[][,] Attend(DeviceMatrix query, KvCache cache, int layerIndex, CausalStep[] steps, bool decode)
    {
        DeviceMatrix output = Output(query.Tensor.Rows, query.Tensor.Columns);
        if (decode)
            Device.DecodeAttention(query.Tensor, Batch(steps), cache, layerIndex, output.Tensor);
        else
            Device.PrefillAttention(query.Tensor, Batch(steps), cache, layerIndex, output.Tensor);
        return Split(output.Read(), steps);
    }

    private float[][,] Project(CausalLayer layer, KvCache cache, int layerIndex, CausalStep[] steps) => Split(Queries(layer, cache, layerIndex, steps).Read(), steps);

    private DeviceMatrix Queries(CausalLayer layer, KvCache cache, int layerIndex, CausalStep[] steps)
    {
        float[,] input = Matrices.Stack([.. steps.Select(step => step.Input)]);
        DeviceMatrix query = Output(input.GetLength(0), layer.Shape.Heads * layer.Shape.HeadDim);
        Device.QkvRotary(layer.Weights, Input(input), Batch(steps), cache, layerIndex, query.Tensor);
        return query;
    }

    private static AttentionBatch Batch(CausalStep[] steps)
    {
        int width = steps.Max(step => step.Blocks.Length);
        return new AttentionBatch(
            Offsets(steps),
            steps.Select(step => step.Start).ToArray(),
            steps.SelectMany(step => step.Blocks.Concat(Enumerable.Repeat(Unused, width - step.Blocks.Length))).ToArray(),
            width);
    }

    private static int[] Offsets(CausalStep[] steps) => [0, .. steps.Select((_, s) => steps.Take(s + 1).Sum(step => step.Input.GetLength(0)))];

    private static float[][,] Split(float[,] rows, CausalStep[] steps)
    {
        int[] offsets = Offsets(steps);
        return [.. steps.Select((step, s) => rows.Range(offsets[s], step.Input.GetLength(0)))];
    }

    /// <summary>The same rows computed along another way: the same bits, or as near as the device promises.</summary>
    private void AssertAgree(float[,] expected, float[,] actual)
    {
        if (Fixture.DecodeTolerance == 0)
        {
            Matrices.AssertSameBits(expected, actual);
            return;
        }

        float largest = expected.Flat().ToArray().Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
            Assert.InRange(actual.Flat()[i] - expected.Flat()[i], -Fixture.DecodeTolerance * largest, Fixture.DecodeTolerance * largest);
    }
}
