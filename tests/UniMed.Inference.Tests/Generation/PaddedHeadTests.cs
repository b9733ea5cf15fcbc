using UniMed.Inference.Tests.Engine;
using Xunit;

namespace UniMed.Inference.Tests.Generation;

/// <summary>
/// A language head with more ids than the tokenizer has (an added "[PAD]", or rows up to a multiple of 64). The reference's tokenizer cannot decode them, so no way of choosing comes to them, and
/// probabilities are those among the ids that have a text: the model answers as it does without them, to the bit.
/// </summary>
public sealed class PaddedHeadTests(PaddedNano padded, NanoStudy nano) : IClassFixture<PaddedNano>, IClassFixture<NanoStudy>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, GenerationOptions> Ways => new()
    {
        { "greedy", new() },
        { "greedy, no end", new() { MinLength = 101 } },
        { "greedy, repetition penalty", new() { RepetitionPenalty = 1.5, MinLength = 101 } },
        { "sampled", new() { DoSample = true, Seed = 1 } },
        { "sampled at a high temperature", new() { DoSample = true, Temperature = 1000, TopK = 0, TopP = 1, MinLength = 101, Seed = 11 } },
        { "sampled, top-k only", new() { DoSample = true, Temperature = 1000, TopK = 1025, TopP = 1, MinLength = 101, Seed = 12 } },
        { "sampled, top-p only", new() { DoSample = true, Temperature = 1000, TopK = 0, TopP = 0.999, MinLength = 101, Seed = 13 } },
        { "beams", new() { NumBeams = 4, MaxNewTokens = 30, MinLength = 20 } },
        { "a box", new() { Constraint = AnswerConstraint.Box, DoSample = true, Temperature = 1000, TopK = 0, TopP = 1 } },
        { "any JSON string", new() { Constraint = AnswerConstraint.JsonSchema("""{"type": "string", "maxLength": 40}"""), DoSample = true, Temperature = 1000, TopK = 0, TopP = 1 } },
    };

    [Fact]
    public void The_models_sizes_are_those_of_its_files()
    {
        Assert.Equal((1024, 1026), (padded.Model.Assembly.Tokenizer.VocabSize, padded.Model.Config.Language.VocabSize));
        Assert.Equal(1024, padded.Model.Assembly.Language.LogitColumns);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_id_without_a_text_is_never_chosen(string way, GenerationOptions options)
    {
        var asked = new RequestOptions { Generation = options with { LogProbabilities = true } };
        TextAnswer expected = await nano.Study.DescribeAsync(null, asked, Cancellation);
        using Study study = padded.Model.Open(nano.Study.Image);
        TextAnswer answer = await study.DescribeAsync(null, asked, Cancellation);
        AssertSame(expected, answer, way);
        await using var engine = UniMedEngine.Create(padded.Model);
        AssertSame(expected, await engine.DescribeAsync(nano.Study.Image, null, asked, Cancellation), way);
    }

    [Theory]
    [InlineData("reference")]
    [InlineData("cpu")]
    public async Task No_device_chooses_one_however_hot(string device)
    {
        using UniMedModel model = padded.Load(device);
        var requests = new List<RawRequest>();
        for (ulong seed = 0; seed < 6; seed++)
            requests.Add(new RawRequest("[qa] hello", [], UniMedTask.Qa, new RequestOptions { Generation = new GenerationOptions { DoSample = true, Temperature = 1e6, TopK = 0, TopP = 1, MinLength = 101, Seed = seed } }));
        IReadOnlyList<TextAnswer> answers = await model.GenerateBatchAsync(requests, Cancellation);
        Assert.All(answers, answer => Assert.Equal(100, answer.TokenIds.Count));
        Assert.All(answers.SelectMany(answer => answer.TokenIds), id => Assert.InRange(id, 0, 1023));
    }

    [Fact]
    public async Task Scores_of_labels_are_those_without_the_padding()
    {
        string[] labels = ["axial brain MRI", "coronal brain MRI", "sagittal brain MRI"];
        ClassifyAnswer expected = await nano.Study.ClassifyAsync(labels, cancellationToken: Cancellation);
        using Study study = padded.Model.Open(nano.Study.Image);
        Assert.Equal(expected.Scores, (await study.ClassifyAsync(labels, cancellationToken: Cancellation)).Scores);
        await using var engine = UniMedEngine.Create(padded.Model);
        Assert.Equal(expected.Scores, (await engine.ClassifyAsync(nano.Study.Image, labels, cancellationToken: Cancellation)).Scores);
    }

    private static void AssertSame(TextAnswer expected, TextAnswer answer, string way)
    {
        Assert.True(expected.TokenIds.SequenceEqual(answer.TokenIds), $"{way}: {string.Join(' ', answer.TokenIds)}");
        Assert.Equal(expected.LogProbabilities, answer.LogProbabilities);
        Assert.Equal(expected.Text, answer.Text);
    }
}
