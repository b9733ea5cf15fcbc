using UniMed.Native.Cuda;
using UniMed.Native.Tests.Devices;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

/// <summary>When a step becomes a graph, how long it stays one, and what it costs the host.</summary>
public sealed class CudaStepTests : IDisposable
{
    private readonly CudaDevice _device = new(HostLibrary.Open());

    public void Dispose() => _device.Dispose();

    [Fact]
    public void The_second_run_is_a_graph_and_stays_one_until_the_longest_sequence_doubles()
    {
        // The step's smallest table holds 8 blocks of 3 positions, its smallest attention 8 units of 32 slots, of which a block takes 8.
        using var layer = new DecodeLayer(_device, new Random(1), 2);
        using var steps = new DecodeSteps(layer, 2, 60);
        using var step = (CudaStep)_device.CreateStep();
        var graphLaunches = new List<long>();
        for (int position = 0; position < 60; position++)
        {
            steps.Advance(step);
            graphLaunches.Add(step.GraphLaunches);
        }

        _device.Download(layer.Logits(2), new float[2 * DecodeLayer.Vocabulary]);
        Assert.Equal(0, graphLaunches[0]);
        Assert.Equal(23, graphLaunches[23]);
        Assert.Equal(23, graphLaunches[24]);
        Assert.Equal(46, graphLaunches[47]);
        Assert.Equal(46, graphLaunches[48]);
        Assert.Equal(57, graphLaunches[59]);
        Assert.Equal(3, step.Graphs);
    }

    [Fact]
    public void Other_buffers_are_another_recording()
    {
        using var layer = new DecodeLayer(_device, new Random(2), 1);
        using var step = (CudaStep)_device.CreateStep();
        using var first = new DecodeSteps(layer, 1, 5);
        using var second = new DecodeSteps(layer, 1, 5);
        for (int i = 0; i < 4; i++)
        {
            first.Advance(step);
            second.Advance(step);
        }

        Assert.Equal(2, step.Graphs);
        Assert.Equal(6, step.GraphLaunches);
    }

    [Fact]
    public void Old_recordings_are_given_up()
    {
        using var step = (CudaStep)_device.CreateStep();
        using DeviceBuffer buffer = _device.Allocate(200);
        for (int i = 0; i < 2 * (CudaStep.MaxRecordings + 10); i++)
            step.Run((_device, buffer, i / 2), static at => at._device.Copy(new Tensor(at.buffer, at.Item3, 1, 1), new Tensor(at.buffer, 199, 1, 1)));
        Assert.Equal(CudaStep.MaxRecordings, step.Graphs);
    }

    [Fact]
    public void A_choice_is_a_part_of_the_steps_graph_however_long_its_history()
    {
        using var step = (CudaStep)_device.CreateStep();
        using DeviceBuffer buffer = _device.Allocate(100);
        Tensor logits = buffer.AsTensor(1, 100);
        var values = new float[100];
        values[42] = 1;
        _device.Upload(values, logits);
        SamplingParameters[] how = [new(false, 1, 0, 1, 1.5f, 0, 0, 0)];
        var sampled = new SampledToken[1];
        for (int length = 0; length < 20; length++)
        {
            sampled[0] = default;
            step.Run(new int[length], past => _device.Sample(logits, how, past, [0, past.Length], sampled));
            Assert.Equal(42, sampled[0].Id);
        }

        Assert.Equal(1, step.Graphs);
        Assert.Equal(19, step.GraphLaunches);
    }

    [Fact]
    public void What_waits_is_refused_inside()
    {
        using var step = _device.CreateStep();
        using DeviceBuffer buffer = _device.Allocate(4);
        Tensor tensor = buffer.AsTensor(1, 4);
        Assert.Contains("Upload inside a step", Refused(() => _device.Upload([1, 2, 3, 4], tensor)), StringComparison.Ordinal);
        Assert.Contains("Download inside a step", Refused(() => _device.Download(tensor, new float[4])), StringComparison.Ordinal);
        Assert.Contains("A step was asked for inside a step", Refused(() => step.Run(0, _ => { })), StringComparison.Ordinal);
        _device.Upload([1, 2, 3, 4], tensor);

        string Refused(Action call) => Assert.Throws<InvalidOperationException>(() => step.Run(call, static inside => inside())).Message;
    }

    [Fact]
    public void A_step_may_be_disposed_after_its_device()
    {
        var device = new CudaDevice(HostLibrary.Open());
        DeviceStep step = device.CreateStep();
        using (DeviceBuffer buffer = device.Allocate(2))
        {
            for (int i = 0; i < 3; i++)
                step.Run((device, buffer), static at => at.device.Copy(at.buffer.AsTensor(1, 1), new Tensor(at.buffer, 1, 1, 1)));
        }

        device.Dispose();
        step.Dispose();
    }

    [Fact]
    public void A_decode_step_allocates_nothing()
    {
        using var layer = new DecodeLayer(_device, new Random(3), 3);
        using var steps = new DecodeSteps(layer, 3, 60);
        using DeviceStep step = _device.CreateStep();
        for (int position = 0; position < 52; position++)
            Advance();
        Assert.Equal(0, ManagedAllocations.Least(() =>
        {
            steps.Rewind(52);
            for (int i = 0; i < 8; i++)
                Advance();
        }));

        void Advance() => steps.Advance(step);
    }
}
