using Xunit;

namespace UniMed.Native.Tests.Devices;

/// <content>Operations inside a step give the bits they give outside of one, the first time and when the device plays them back.</content>
public abstract partial class DeviceSuite<TFixture>
{
    [Theory]
    [InlineData(1, 40)]
    [InlineData(3, 40)]
    [InlineData(9, 20)]
    public void Growing_sequences_get_the_same_bits_in_steps(int sequences, int positions)
    {
        var layer = Own(new DecodeLayer(Device, new Random(5), sequences));
        var direct = Own(new DecodeSteps(layer, sequences, positions));
        var stepped = Own(new DecodeSteps(layer, sequences, positions));
        DeviceStep step = Own(Device.CreateStep());
        for (int position = 0; position < positions; position++)
        {
            direct.Advance(null);
            float[] expected = direct.Read();
            stepped.Advance(step);
            Assert.Equal(expected, stepped.Read());
        }
    }

    [Fact]
    public void One_step_serves_batches_of_several_sizes_in_turn()
    {
        var layer = Own(new DecodeLayer(Device, new Random(6), 4));
        DeviceStep step = Own(Device.CreateStep());
        int[] sizes = [1, 4, 2];
        DecodeSteps[] direct = [.. sizes.Select(size => Own(new DecodeSteps(layer, size, 12)))];
        DecodeSteps[] stepped = [.. sizes.Select(size => Own(new DecodeSteps(layer, size, 12)))];
        for (int i = 0; i < 36; i++)
        {
            direct[i % 3].Advance(null);
            float[] expected = direct[i % 3].Read();
            stepped[i % 3].Advance(step);
            Assert.Equal(expected, stepped[i % 3].Read());
        }
    }

    [Fact]
    public void A_step_takes_as_many_integers_as_there_are()
    {
        const int Rows = 5000;
        DeviceStep step = Own(Device.CreateStep());
        float[,] table = RandomValues.Matrix(new Random(7), 50, 3, 1);
        int[] rows = [.. Enumerable.Range(0, Rows).Select(row => row * 31 % 50)];
        Tensor input = Input(table);
        DeviceMatrix output = Output(Rows, 3);
        for (int time = 0; time < 3; time++)
            step.Run((Device, input, rows, output.Tensor), static all => all.Device.GatherRows(all.input, all.rows, all.Tensor));
        float[,] gathered = output.Read();
        for (int row = 0; row < Rows; row++)
            Assert.Equal((table[rows[row], 0], table[rows[row], 2]), (gathered[row, 0], gathered[row, 2]));
    }

    [Fact]
    public void Tokens_that_a_step_chooses_are_there_when_it_has_run()
    {
        SamplingParameters greedy = new(DoSample: false, Temperature: 1, TopK: 0, TopP: 1, RepetitionPenalty: 2, MinLength: 0, EosTokenId: 2, Seed: 0);
        SamplingParameters[] parameters = [greedy, greedy with { DoSample = true, TopP = 0.9f, Seed = 5 }];
        DeviceStep step = Own(Device.CreateStep());
        DeviceMatrix picked = Output(2, 60);
        Tensor rows = Input(RandomValues.Matrix(new Random(31), 8, 60, 4));
        var history = new List<int>();
        var stepped = new SampledToken[2];
        var expected = new SampledToken[2];
        for (int i = 0; i < 8; i++)
        {
            int[] chosenRows = [i, 7 - i];
            int[] past = [.. history, .. history];
            int[] offsets = [0, history.Count, past.Length];
            step.Run(0, _ =>
            {
                Device.GatherRows(rows, chosenRows, picked.Tensor);
                Device.Sample(picked.Tensor, parameters, past, offsets, stepped);
            });
            Device.Sample(picked.Tensor, parameters, past, offsets, expected);
            Assert.Equal(expected, stepped);
            history.Add(stepped[0].Id);
        }
    }

    [Fact]
    public void An_operation_that_is_refused_leaves_the_step_usable()
    {
        DeviceStep step = Own(Device.CreateStep());
        Tensor input = Input(RandomValues.Matrix(new Random(8), 4, 3, 1));
        DeviceMatrix output = Output(2, 3);
        Action<int[]> gather = rows => Device.GatherRows(input, rows, output.Tensor);
        Assert.Throws<ArgumentException>(() => step.Run([0, 4], gather));
        step.Run([3, 1], gather);
        float[] expected = new float[12];
        Device.Download(input, expected);
        Assert.Equal([.. expected[9..12], .. expected[3..6]], output.Read().Flat().ToArray());
    }

    [Fact]
    public void Every_layer_of_a_batch_is_checked_not_only_the_first()
    {
        KvCache cache = Own(Device.CreateKvCache(1, 1, 4, 2, 3));
        Tensor query = Input(RandomValues.Matrix(new Random(9), 1, 4, 1));
        Tensor output = Own(Device.Allocate(4)).AsTensor(1, 4);
        DeviceStep step = Own(Device.CreateStep());
        Assert.Throws<ArgumentException>(() => step.Run(0, _ =>
        {
            Device.DecodeAttention(query, new AttentionBatch([0, 1], [2], [1], 1), cache, 0, output);
            Device.DecodeAttention(query, new AttentionBatch([0, 1], [2], [1], 1), cache, 1, output);
        }));
    }

    [Fact]
    public void Steps_of_several_threads_do_not_meet()
    {
        const int Threads = 4;
        const int Positions = 10;
        DecodeLayer[] layers = [.. Enumerable.Range(0, Threads).Select(thread => Own(new DecodeLayer(Device, new Random(20 + thread), 2)))];
        var expected = new float[Threads][];
        for (int thread = 0; thread < Threads; thread++)
        {
            var steps = Own(new DecodeSteps(layers[thread], 2, Positions));
            for (int position = 0; position < Positions; position++)
                steps.Advance(null);
            expected[thread] = steps.Read();
        }

        DecodeSteps[] stepped = [.. layers.Select(layer => Own(new DecodeSteps(layer, 2, Positions)))];
        Parallel.For(0, Threads, thread =>
        {
            using DeviceStep step = Device.CreateStep();
            for (int position = 0; position < Positions; position++)
                stepped[thread].Advance(step);
            Assert.Equal(expected[thread], stepped[thread].Read());
        });
    }

    [Fact]
    public void A_disposed_step_says_so()
    {
        DeviceStep step = Device.CreateStep();
        step.Dispose();
        step.Dispose();
        Assert.Throws<ObjectDisposedException>(() => step.Run(0, _ => { }));
    }
}
