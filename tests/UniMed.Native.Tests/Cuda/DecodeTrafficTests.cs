using UniMed.Native.Cuda;
using UniMed.Native.Tests.Devices;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

/// <summary>
/// The bytes of a whole decode step as the device launches it, a graph, summed over its launches: what each must fetch when second reads of a launch come out of the cache. Counting
/// is the whole process's, so these tests run alone.
/// </summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class DecodeTrafficTests
{
    private const int Positions = 24;

    [Theory]
    [InlineData(ElementType.F16, 1)]
    [InlineData(ElementType.BF16, 1)]
    [InlineData(ElementType.I8, 1)]
    [InlineData(ElementType.U8, 1)]
    [InlineData(ElementType.F16, 4)]
    public void A_step_moves_at_most_a_twentieth_more_than_weights_cache_and_logits(ElementType type, int sequences)
    {
        // A layer of LLaMA's proportions: activations are 4 times as much of the whole as in LLaMA-2-7B.
        var shape = new CausalShape(Hidden: 1024, Heads: 8, KvHeads: 8, HeadDim: 128, BlockSize: 16);
        using var device = new CudaDevice(HostLibrary.Open());
        using var layer = new DecodeLayer(device, new Random(1), sequences, shape, intermediate: 2752, type);
        using var steps = new DecodeSteps(layer, sequences, Positions);
        using var step = (CudaStep)device.CreateStep();
        while (steps.Position < Positions - 1)
            steps.Advance(step);
        _ = steps.Read();
        long graphs = step.GraphLaunches;

        HostCounters.Totals counted;
        using (var counters = new HostCounters(HostLibrary.Get()))
        {
            steps.Advance(step);
            _ = steps.Read();
            counted = counters.Read();
        }

        Assert.Equal(graphs + 1, step.GraphLaunches);
        double moved = 32.0 * (counted.GlobalLoadDistinctSectors + counted.GlobalStoreDistinctSectors);
        double floor = layer.MatrixBytes + (sequences * ((long)layer.CachedBytes * (Positions + 1) + (DecodeLayer.Vocabulary * sizeof(float))));
        Assert.InRange(moved / floor, 1, 1.05);
        Assert.Equal((0UL, 0UL), (counted.SharedLoadConflicts, counted.SharedStoreConflicts));
    }
}
