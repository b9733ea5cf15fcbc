using UniMed.Inference.Generation;
using UniMed.Inference.Generation.Constraints;
using UniMed.Native;
using UniMed.Tests.Tokenization;
using Xunit;

namespace UniMed.Inference.Tests.Generation;

/// <summary>Choosing among the allowed tokens is choosing with all others' scores at minus infinity; rows without a constraint notice nothing.</summary>
public class TokenChoiceTests
{
    private static readonly LlamaTokenizer Tokenizer = NanoTokenizer.Instance;

    private static readonly TokenAutomaton[] Automata =
    [
        .. new[] { AnswerConstraint.Box, AnswerConstraint.YesNo, AnswerConstraint.JsonSchema("""{"type": "string"}""") }
            .Select(constraint => new TokenAutomaton(constraint.Automaton, new ConstraintVocabulary(Tokenizer, Tokenizer.VocabSize), constraint.ToString())),
    ];

    [Theory]
    [InlineData("reference")]
    [InlineData("cpu")]
    public void Rows_are_chosen_as_with_masked_scores(string name)
    {
        using Device device = DeviceCatalog.Create(name);
        var random = new Random(8);
        for (int round = 0; round < 60; round++)
        {
            int rows = random.Next(1, 7);
            SequenceState[] states = [.. Enumerable.Range(0, rows).Select(_ => State(random))];
            using DeviceBuffer buffer = device.Allocate((long)rows * Tokenizer.VocabSize);
            Tensor logits = buffer.AsTensor(rows, Tokenizer.VocabSize);
            float[] values = [.. Enumerable.Range(0, rows * Tokenizer.VocabSize).Select(_ => (float)(10 * random.NextDouble()) - 5)];
            device.Upload(values, logits);
            SampledToken[] chosen = [.. new TokenChoice(device, rows).Choose(logits, states)];
            for (int row = 0; row < rows; row++)
            {
                ReadOnlySpan<float> raw = values.AsSpan(row * Tokenizer.VocabSize, Tokenizer.VocabSize);
                Assert.Equal(Expected(raw, states[row]), chosen[row].Id);
                float[] logProbabilities = [.. raw];
                LogitsProcessors.LogSoftmax(logProbabilities);
                Assert.Equal(logProbabilities[chosen[row].Id], chosen[row].LogProbability, 5);
            }

            SampledToken[] alone = [.. states.Select((state, row) => new TokenChoice(device, 1).Choose(logits.Slice(row, 1), [state])[0])];
            Assert.Equal(alone, chosen);
        }
    }

    [Fact]
    public void A_row_that_is_no_number_is_reported_and_not_chosen_from()
    {
        using Device device = DeviceCatalog.Create("cpu");
        using DeviceBuffer buffer = device.Allocate(Tokenizer.VocabSize);
        Tensor logits = buffer.AsTensor(1, Tokenizer.VocabSize);
        device.Upload([.. Enumerable.Repeat(float.NaN, Tokenizer.VocabSize)], logits);
        var request = new GenerationRequest(default, null, new GenerationOptions(), null, Automata[0]);
        float logProbability = new TokenChoice(device, 1).Choose(logits, [new SequenceState(request, null!, (50, FinishReason.Length), Tokenizer)])[0].LogProbability;
        Assert.Throws<UniMedException>(() => FiniteLogits.Require(logProbability));
    }

    [Fact]
    public void A_greedy_choice_under_a_constraint_allocates_nothing()
    {
        using Device device = DeviceCatalog.Create("cpu");
        using DeviceBuffer buffer = device.Allocate(2L * Tokenizer.VocabSize);
        Tensor logits = buffer.AsTensor(2, Tokenizer.VocabSize);
        var request = new GenerationRequest(default, null, new GenerationOptions { RepetitionPenalty = 1.2 }, null, Automata[2]);
        SequenceState[] states = [.. Enumerable.Range(0, 2).Select(_ => new SequenceState(request, null!, (50, FinishReason.Length), Tokenizer))];
        var choice = new TokenChoice(device, 2);
        choice.Choose(logits, states);
        long least = long.MaxValue;
        for (int round = 0; round < 5 && least != 0; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            choice.Choose(logits, states);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    /// <summary>A sequence some random tokens into its answer, half of them constrained.</summary>
    private static SequenceState State(Random random)
    {
        var options = new GenerationOptions
        {
            DoSample = random.Next(2) == 0,
            Temperature = 0.5 + random.NextDouble(),
            TopK = random.Next(3) == 0 ? 0 : random.Next(1, 60),
            TopP = random.Next(3) == 0 ? 1 : random.NextDouble(),
            RepetitionPenalty = random.Next(2) == 0 ? 1 : 0.8 + random.NextDouble(),
            Seed = (ulong)random.Next(),
        };
        TokenAutomaton? automaton = random.Next(2) == 0 ? null : Automata[random.Next(Automata.Length)];
        var state = new SequenceState(new GenerationRequest(default, null, options, null, automaton), null!, (60, FinishReason.Length), Tokenizer);
        var ids = new int[Tokenizer.VocabSize];
        for (int tokens = random.Next(12); tokens > 0; tokens--)
        {
            int token = state.Constraint is { } constraint ? ids[random.Next(constraint.Allowed(ids))] : random.Next(3, Tokenizer.VocabSize);
            if (token == Tokenizer.EosTokenId)
                break;
            state.Append(new SampledToken(token, 0));
        }

        return state;
    }

    private static int Expected(ReadOnlySpan<float> raw, SequenceState state)
    {
        float[] scores = [.. raw];
        LogitsProcessors.RepetitionPenalty(scores, state.History, state.Sampling.RepetitionPenalty);
        if (state.Constraint is { } constraint)
        {
            var allowed = new int[Tokenizer.VocabSize];
            var kept = allowed[..constraint.Allowed(allowed)].ToHashSet();
            for (int id = 0; id < scores.Length; id++)
                scores[id] = kept.Contains(id) ? scores[id] : float.NegativeInfinity;
        }

        return state.Sampling.DoSample ? TokenSampler.Draw(scores, state.Sampling, state.History.Length) : LogitsProcessors.ArgMax(scores);
    }
}
