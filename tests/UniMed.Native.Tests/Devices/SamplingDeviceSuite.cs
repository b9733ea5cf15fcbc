using CsCheck;
using UniMed.Native.Tests.Expected;
using Xunit;

namespace UniMed.Native.Tests.Devices;

/// <summary>The choice of the next token: greedy and drawn, with penalties and warpers.</summary>
public abstract class SamplingDeviceSuite<TFixture>(TFixture fixture) : DeviceSuite<TFixture>(fixture)
    where TFixture : class, IDeviceFixture
{
    private static readonly SamplingParameters Greedy = new(
        DoSample: false, Temperature: 1, TopK: 0, TopP: 1, RepetitionPenalty: 1, MinLength: 0, EosTokenId: 2, Seed: 0);

    private static readonly SamplingParameters Drawn = Greedy with { DoSample = true };

    [Fact]
    public void Greedy_takes_the_largest_logit_and_the_lowest_id_among_equals()
    {
        float[,] logits =
        {
            { 1, 3, 2, 3, -1 },
            { -5, -4, -3, -2, -1 },
            { 0, 0, 0, 0, 0 },
            { float.NegativeInfinity, float.NegativeInfinity, -9, float.NegativeInfinity, -9 },
            { float.PositiveInfinity, 3, float.PositiveInfinity, 3, -1 },
        };

        Assert.Equal([1, 4, 0, 2, 0], Sample(logits, Greedy).Select(token => token.Id));
    }

    [Fact]
    public void NaN_counts_as_the_largest_so_that_it_shows()
    {
        SampledToken[] tokens = Sample(new[,] { { 1, float.NaN, 5 }, { 1, 2, 3 } }, Greedy);

        Assert.Equal(1, tokens[0].Id);
        Assert.True(float.IsNaN(tokens[0].LogProbability));
        Assert.Equal(2, tokens[1].Id);
        Assert.True(float.IsFinite(tokens[1].LogProbability));
    }

    [Fact]
    public void The_log_probability_is_the_models_own_before_penalties_and_warpers()
    {
        float[,] logits = RandomValues.Matrix(new Random(111), 6, 301, 8);
        SamplingParameters how = Drawn with { Temperature = 0.3f, TopK = 4, RepetitionPenalty = 3, Seed = 5 };

        SampledToken[] tokens = Sample(logits, how, [1, 2, 3]);

        for (int row = 0; row < 6; row++)
        {
            double[] probabilities = ExpectedSampling.Softmax([.. logits.Rows(row).Flat().ToArray().Select(logit => (double)logit)]);
            Assert.Equal(Math.Log(probabilities[tokens[row].Id]), tokens[row].LogProbability, 1e-5);
        }
    }

    [Fact]
    public void Greedy_choices_equal_a_plain_search_under_every_penalty() =>
        (from logits in Gen.Float[-9, 9].Array[3, 60]
         from penalty in Gen.Float[0.5f, 2]
         from minLength in Gen.Int[0, 6]
         from history in Gen.Int[0, 2].Array[0, 8]
         select (logits, penalty, minLength, history)).Sample(
            x =>
            {
                SamplingParameters how = Greedy with { RepetitionPenalty = x.penalty, MinLength = x.minLength, EosTokenId = 1 };
                double[] scores = ExpectedSampling.Process(x.logits, x.history, how);
                int chosen = Sample(Row(x.logits), how, x.history)[0].Id;
                Assert.True(scores[chosen] >= scores.Max() - 1e-5);
            },
            iter: 100,
            threads: 1);

    [Fact]
    public void The_repetition_penalty_counts_a_token_once_and_pushes_it_down_on_either_side_of_zero()
    {
        SamplingParameters how = Greedy with { RepetitionPenalty = 2 };

        Assert.Equal(1, Sample(new float[,] { { 4, 3, -9 } }, how, [0, 0, 0])[0].Id);
        Assert.Equal(0, Sample(new float[,] { { 7, 3, -9 } }, how, [0, 0, 0])[0].Id);
        Assert.Equal(2, Sample(new float[,] { { -2, -9, -3 } }, how, [0])[0].Id);
        Assert.Equal(0, Sample(new float[,] { { -1, -9, -3 } }, how, [0])[0].Id);
    }

    [Fact]
    public void The_end_token_waits_for_the_least_length()
    {
        float[,] logits = { { 1, 0, 9, 2 } };
        SamplingParameters how = Greedy with { MinLength = 3 };

        Assert.Equal(3, Sample(logits, how, [1, 1])[0].Id);
        Assert.Equal(2, Sample(logits, how, [1, 1, 1])[0].Id);
        Assert.Equal(3, Sample(logits, how with { DoSample = true, Temperature = 0.01f }, [1, 1])[0].Id);
    }

    [Fact]
    public void A_draw_is_the_inverse_of_the_warped_cumulative_distribution() =>
        (from logits in Gen.Float[-6, 6].Array[2, 50]
         from temperature in Gen.Float[0.2f, 3]
         from topK in Gen.Int[0, 20]
         from topP in Gen.Float[0.05f, 1]
         from penalty in Gen.Float[1, 2]
         from history in Gen.Int[0, 1].Array[0, 5]
         from seed in Gen.ULong
         select (logits, how: Drawn with { Temperature = temperature, TopK = topK, TopP = topP, RepetitionPenalty = penalty, Seed = seed }, history)).Sample(
            x =>
            {
                double[] probabilities = ExpectedSampling.Probabilities(ExpectedSampling.Process(x.logits, x.history, x.how), x.how);
                double uniform = Philox.Uniform(x.how.Seed, (ulong)x.history.Length);
                int drawn = Sample(Row(x.logits), x.how, x.history)[0].Id;

                double below = probabilities.Take(drawn).Sum();
                Assert.True(probabilities[drawn] > 0, $"{drawn} was warped away.");
                Assert.InRange(uniform, below - 1e-5, below + probabilities[drawn] + 1e-5);
            },
            iter: 300,
            threads: 1);

    [Theory]
    [InlineData(0, 1f)]
    [InlineData(5, 1f)]
    [InlineData(0, 0.8f)]
    [InlineData(7, 0.9f)]
    public void Draws_over_many_seeds_follow_the_warped_distribution(int topK, float topP)
    {
        int draws = Fixture.Draws;
        // OpenCL on a processor compiles the kernel once more for grids that are larger.
        const int Rows = 200;
        float[] logits = [0.3f, 1.7f, -0.4f, 2.2f, 1.7f, 0, -1.5f, 0.9f, 1.1f, -3, 0.5f, 2];
        SamplingParameters how = Drawn with { Temperature = 1.3f, TopK = topK, TopP = topP };
        var parameters = new SamplingParameters[draws];
        for (int i = 0; i < draws; i++)
            parameters[i] = how with { Seed = (ulong)i * 0x9E3779B97F4A7C15 };

        float[,] rows = Row(logits).Rows(new int[Rows]);
        int[][] histories = [.. Enumerable.Repeat(Array.Empty<int>(), Rows)];
        SampledToken[] tokens = [.. parameters.Chunk(Rows).SelectMany(chunk => Sample(rows, chunk, histories))];

        double[] probabilities = ExpectedSampling.Probabilities(ExpectedSampling.Process(logits, [], how), how);
        double chiSquare = 0;
        for (int id = 0; id < logits.Length; id++)
        {
            int count = tokens.Count(token => token.Id == id);
            if (probabilities[id] == 0)
                Assert.Equal(0, count);
            else
                chiSquare += Math.Pow(count - (draws * probabilities[id]), 2) / (draws * probabilities[id]);
        }

        // The 99.9 % point for the most degrees of freedom here, 11; a fixed set of seeds either passes always or never.
        Assert.True(chiSquare < 31.3, $"Chi-square {chiSquare}.");
    }

    [Fact]
    public void A_seed_repeats_its_draws_and_each_step_draws_anew()
    {
        float[,] logits = new float[1, 1000];
        int[][] histories = [.. Enumerable.Range(0, 20).Select(length => new int[length])];

        int[] first = [.. histories.Select(history => Sample(logits, Drawn with { Seed = 77 }, history)[0].Id)];
        int[] again = [.. histories.Select(history => Sample(logits, Drawn with { Seed = 77 }, history)[0].Id)];
        int[] other = [.. histories.Select(history => Sample(logits, Drawn with { Seed = 78 }, history)[0].Id)];

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.True(first.Distinct().Count() > 15);
    }

    [Fact]
    public void A_row_does_not_depend_on_its_batch()
    {
        float[,] logits = RandomValues.Matrix(new Random(112), 5, 99, 4);
        SamplingParameters[] parameters =
        [
            Greedy,
            Drawn with { Seed = 1 },
            Drawn with { Seed = 2, TopK = 9, Temperature = 2 },
            Greedy with { RepetitionPenalty = 1.5f, MinLength = 9 },
            Drawn with { Seed = 3, TopP = 0.7f, RepetitionPenalty = 1.2f },
        ];
        int[][] histories = [[], [1, 5, 9], [4], [98, 97, 0], [2, 2]];
        SampledToken[] together = Sample(logits, parameters, histories);

        for (int row = 0; row < 5; row++)
            Assert.Equal(together[row], Sample(logits.Rows(row), [parameters[row]], [histories[row]])[0]);
        Assert.Equal(together.Reverse(), Sample(logits.Rows(4, 3, 2, 1, 0), [.. parameters.Reverse()], [.. histories.Reverse()]));
        Parallel.For(0, 6, _ => Assert.Equal(together, Sample(logits, parameters, histories)));
    }

    [Fact]
    public void No_rows_give_no_tokens() => Assert.Empty(Sample(new float[0, 9], [], []));

    [Fact]
    public void Options_that_make_no_sense_are_refused()
    {
        float[,] logits = new float[1, 4];

        Refused(() => Sample(logits, Drawn with { Temperature = 0 }));
        Refused(() => Sample(logits, Drawn with { Temperature = float.NaN }));
        Refused(() => Sample(logits, Drawn with { TopP = -0.1f }));
        Refused(() => Sample(logits, Drawn with { TopP = 1.1f }));
        Refused(() => Sample(logits, Drawn with { TopP = float.NaN }));
        Refused(() => Sample(logits, Drawn with { TopK = -1 }));
        Refused(() => Sample(logits, Greedy with { RepetitionPenalty = 0 }));
        Refused(() => Sample(logits, Greedy with { RepetitionPenalty = float.NaN }));
        Refused(() => Sample(logits, Greedy with { MinLength = 1, EosTokenId = 4 }));
        Refused(() => Sample(logits, Greedy with { MinLength = 1, EosTokenId = -1 }));
        Refused(() => Sample(new float[1, 0], Greedy));
    }

    [Fact]
    public void Ids_and_offsets_out_of_range_are_refused()
    {
        var result = new SampledToken[2];

        Refused(() => Sample(new float[1, 4], Greedy with { RepetitionPenalty = 2 }, [4]));
        Refused(() => Sample(new float[1, 4], Greedy with { RepetitionPenalty = 2 }, [-1]));
        Refused(() => Device.Sample(Any(2, 4), [Greedy], [], [0, 0, 0], result));
        Refused(() => Device.Sample(Any(2, 4), [Greedy, Greedy], [], [0, 0], result));
        Refused(() => Device.Sample(Any(2, 4), [Greedy, Greedy], [], [0, 0, 0], new SampledToken[1]));
        Refused(() => Device.Sample(Any(2, 4), [Greedy, Greedy], [1], [0, 0, 0], result));
        Refused(() => Device.Sample(Any(2, 4), [Greedy, Greedy], [1], [0, 2, 1], result));
        Refused(() => Device.Sample(Any(2, 4), [Greedy, Greedy], [1], [1, 1, 1], result));
        Refused(() => Device.Sample(Any(2, 4), [Greedy, Greedy], [1], [0, -1, 1], result));
    }

    private static float[,] Row(float[] logits)
    {
        var row = new float[1, logits.Length];
        logits.CopyTo(row.Flat());
        return row;
    }

    private SampledToken[] Sample(float[,] logits, SamplingParameters how, int[]? history = null) =>
        Sample(logits, [.. Enumerable.Repeat(how, logits.GetLength(0))], [.. Enumerable.Repeat(history ?? [], logits.GetLength(0))]);

    private SampledToken[] Sample(float[,] logits, SamplingParameters[] parameters, int[][] histories)
    {
        var tokens = new SampledToken[logits.GetLength(0)];
        int total = 0;
        int[] offsets = [0, .. histories.Select(history => total += history.Length)];
        Device.Sample(Input(logits), parameters, [.. histories.SelectMany(history => history)], offsets, tokens);
        return tokens;
    }
}
