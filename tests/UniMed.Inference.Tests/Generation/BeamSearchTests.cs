using CsCheck;
using UniMed.Inference;
using UniMed.Inference.Generation;
using Xunit;

namespace UniMed.Tests.Generation;

public class BeamSearchTests
{
    private const int Red = 0;
    private const int Bos = 1;
    private const int Eos = 2;
    private const int Blue = 3;
    private const double Tolerance = 1e-5;

    /// <summary>Logits whose softmax is these probabilities of red, end and blue, for each beam.</summary>
    private static float[] Logits(params (double Red, double End, double Blue)[] beams) =>
        [.. beams.SelectMany(b => new[] { Log(b.Red), Log(1e-12), Log(b.End), Log(b.Blue) })];

    private static float Log(double probability) => (float)Math.Log(probability);

    [Fact]
    public void A_search_worked_by_hand_ends_at_the_greatest_length()
    {
        BeamSearch search = new(numBeams: 2, lengthPenalty: 1, Eos, Bos, maxLength: 3);

        // Red .5, end .3 (second of two beams: it counts), blue .2.
        search.Advance(Logits((.5, .3, .2), (.5, .3, .2)));
        Assert.Equal([0, 0], search.ParentBeams);
        Assert.Equal([Red, Blue], search.Tokens);
        Assert.False(search.Done);

        // Red end .45, blue blue .12, blue end .08 (third: it does not count), red red .05.
        search.Advance(Logits((.1, .9, 1e-9), (1e-9, .4, .6)));
        Assert.Equal([1, 0], search.ParentBeams);
        Assert.Equal([Blue, Red], search.Tokens);
        Assert.True(search.Done);

        // Kept: "" log .3 / 1 = -1.204, red log .45 / 2 = -0.399; blue blue log .12 / 3 = -0.707 replaces the first.
        BeamHypothesis best = search.Finish();
        Assert.Equal([Bos, Red, Eos], best.Ids);
        Assert.Equal(Math.Log(.45) / 2, best.Score, Tolerance);
        Assert.Equal(2, best.LogProbabilities.Count);
        Assert.Equal(Math.Log(.5), best.LogProbabilities[0], Tolerance);
        Assert.Equal(Math.Log(.9), best.LogProbabilities[1], Tolerance);
    }

    [Theory]
    [InlineData(0, new[] { Bos, Red, Eos })]
    [InlineData(5, new[] { Bos, Blue, Blue })]
    [InlineData(-5, new[] { Bos, Eos })]
    public void The_length_penalty_decides_between_short_and_long(double lengthPenalty, int[] ids)
    {
        // The search above: "" .3, red .45, blue blue .12, red red .05 with lengths 1, 2, 3, 3.
        BeamSearch search = new(numBeams: 2, lengthPenalty, Eos, Bos, maxLength: 3);
        search.Advance(Logits((.5, .3, .2), (.5, .3, .2)));
        search.Advance(Logits((.1, .9, 1e-9), (1e-9, .4, .6)));
        BeamHypothesis best = search.Finish();
        Assert.Equal(ids, best.Ids);
        Assert.Equal(2, best.LogProbabilities.Count + (ids.Length == 2 ? 1 : 0));
    }

    [Fact]
    public void A_search_is_done_when_nothing_open_can_be_better_than_the_worst_kept()
    {
        BeamSearch search = new(numBeams: 2, lengthPenalty: 0, Eos, Bos, maxLength: 50);
        search.Advance(Logits((.3, .6, .1), (.3, .6, .1)));
        Assert.False(search.Done);

        // Kept: .6 and red end .27; best candidate .27, and without length penalty .27 >= .27.
        search.Advance(Logits((.05, .9, .05), (.5, 1e-9, .5)));
        Assert.True(search.Done);
        BeamHypothesis best = search.Finish();
        Assert.Equal([Bos, Eos], best.Ids);
        Assert.Equal(Math.Log(.6), best.Score, Tolerance);
        Assert.Throws<InvalidOperationException>(() => search.Advance(Logits((.3, .6, .1), (.3, .6, .1))));
    }

    [Fact]
    public void An_end_that_is_not_among_the_first_beams_is_dropped()
    {
        BeamSearch search = new(numBeams: 1, lengthPenalty: 1, Eos, Bos, maxLength: 2);
        search.Advance(Logits((.6, .4, 1e-9)));
        Assert.Equal([Bos, Red], search.Finish().Ids);
    }

    [Fact]
    public void Equal_candidates_are_taken_in_the_order_of_beam_and_token()
    {
        BeamSearch search = new(numBeams: 2, lengthPenalty: 1, Eos, Bos, maxLength: 9);
        search.Advance(Logits((.4, 1e-9, .4), (.4, 1e-9, .4)));
        Assert.Equal([Red, Blue], search.Tokens);
        search.Advance(Logits((.4, 1e-9, .4), (.4, 1e-9, .4)));
        Assert.Equal([0, 0], search.ParentBeams);
        Assert.Equal([Red, Blue], search.Tokens);
    }

    [Fact]
    public void The_penalty_acts_on_log_probabilities_and_not_on_logits()
    {
        // As a logit, 2 / 1.5 stays ahead of 1; as a log-probability, -0.31 x 5 falls behind -1.31.
        BeamSearch search = new(numBeams: 1, lengthPenalty: 1, Eos, bosTokenId: Red, maxLength: 9, repetitionPenalty: 5);
        search.Advance([2, -50, -50, 1]);
        Assert.Equal([Blue], search.Tokens);
    }

    [Fact]
    public void The_end_waits_for_the_least_length_and_reported_log_probabilities_are_the_models()
    {
        BeamSearch search = new(numBeams: 1, lengthPenalty: 0, Eos, Bos, maxLength: 9, repetitionPenalty: 2, minLength: 3);
        search.Advance(Logits((.2, .7, .1)));
        search.Advance(Logits((.2, .7, .1)));
        Assert.False(search.Done);
        search.Advance(Logits((.2, .7, .1)));
        Assert.True(search.Done);

        // Red .2, then blue .1 before the penalized red .2 ^ 2, then the end.
        BeamHypothesis best = search.Finish();
        Assert.Equal([Bos, Red, Blue, Eos], best.Ids);
        Assert.All(best.LogProbabilities.Zip([.2, .1, .7]), p => Assert.Equal(Math.Log(p.Second), p.First, Tolerance));
        Assert.Equal(Math.Log(.2) + Math.Log(.1) + Math.Log(.7), best.Score, Tolerance);
    }

    [Fact]
    public void Logits_that_are_no_numbers_are_refused()
    {
        BeamSearch search = new(numBeams: 2, lengthPenalty: 1, Eos, Bos, maxLength: 9);
        Assert.Throws<UniMedException>(() => search.Advance([0, 0, float.NaN, 0, 0, 0, 0, 0]));
        Assert.Throws<ArgumentException>(() => search.Advance([0, 0, 0]));
    }

    private sealed record Setting(int Beams, double LengthPenalty, int MaxLength, double RepetitionPenalty, int MinLength, int Vocabulary, int Seed, bool Ties);

    private static readonly Gen<Setting> Settings = Gen.Select(
        Gen.Select(Gen.Int[1, 5], Gen.Int[0, 4].Select(i => new[] { -1, 0, 0.7, 1, 2 }[i]), Gen.Int[2, 12]),
        Gen.Select(Gen.Int[0, 2].Select(i => new[] { 1, 1.3, 0.8 }[i]), Gen.Int[0, 8], Gen.Int[4, 9]),
        Gen.Select(Gen.Int, Gen.Bool),
        (a, b, c) => new Setting(a.Item1, a.Item2, a.Item3, b.Item1, b.Item2, b.Item3, c.Item1, c.Item2));

    /// <summary>Logits that depend on nothing but the sequence, as a model's do; with ties, they take few values.</summary>
    private static float[] ModelLogits(Setting setting, int[] sequence)
    {
        int seed = sequence.Aggregate(setting.Seed, (hash, id) => unchecked((hash * 31) + id));
        Random random = new(seed);
        return [.. Enumerable.Range(0, setting.Vocabulary).Select(_ => setting.Ties ? random.Next(3) : (float)((random.NextDouble() * 8) - 4))];
    }

    [Fact]
    public void Every_step_and_the_result_equal_the_rules_written_down_plainly()
    {
        int endedEarly = 0;
        Settings.Sample(
            s =>
            {
                BeamSearch search = new(s.Beams, s.LengthPenalty, Eos, Bos, s.MaxLength, (float)s.RepetitionPenalty, s.MinLength);
                PlainBeamSearch plain = new(s.Beams, s.LengthPenalty, Eos, Bos, s.MaxLength, s.RepetitionPenalty, s.MinLength);
                List<int[]> sequences = plain.Sequences;
                while (!plain.Done)
                {
                    Assert.False(search.Done);
                    float[][] logits = [.. sequences.Select(sequence => ModelLogits(s, sequence))];
                    search.Advance([.. logits.SelectMany(x => x)]);
                    plain.Advance(logits);
                    sequences = [.. search.ParentBeams.Zip(search.Tokens).Select(step => sequences[step.First].Append(step.Second).ToArray())];
                    Assert.Equal(plain.Sequences, sequences);
                }

                Assert.True(search.Done);
                if (sequences[0].Length < s.MaxLength)
                    Interlocked.Increment(ref endedEarly);
                BeamHypothesis best = search.Finish();
                (int[] ids, double score) = plain.Finish();
                Assert.Equal(ids, best.Ids);
                Assert.Equal(score, best.Score);
                Assert.Equal(ids.Length - 1, best.LogProbabilities.Count);
            },
            iter: 3000);
        Assert.True(endedEarly > 100, $"Only {endedEarly} searches ended before the greatest length.");
    }
}
