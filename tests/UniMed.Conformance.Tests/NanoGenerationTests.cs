using System.Text.Json;
using UniMed.Inference;
using Xunit;

namespace UniMed.Conformance.Tests;

/// <summary>The public API gives the reference's tokens and text for every case, beams and penalties included.</summary>
public class NanoGenerationTests(NanoModel nano) : IClassFixture<NanoModel>
{
    public static TheoryData<int> Cases => [.. NanoCase.All.Select(nanoCase => nanoCase.Index)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Generated_tokens_and_text_equal_the_reference(int index)
    {
        NanoCase expected = NanoCase.All[index];
        using Study? study = expected.ImagePath is null ? null : nano.Model.Open(expected.ImagePath);

        TextAnswer answer = await nano.Model.GenerateAsync(
            expected.Prompt,
            study is null ? [] : [study],
            expected.Task,
            new RequestOptions { Generation = expected.Generation },
            TestContext.Current.CancellationToken);

        // The reference's ids begin with one begin-of-sequence token; ours are the new tokens alone.
        Assert.Equal(expected.OutputIds[1..], answer.TokenIds);
        Assert.Equal(expected.Text, answer.Text);
        Assert.Equal(FinishReason.Stop, answer.FinishReason);
    }

    [Fact]
    public async Task A_left_padded_batch_of_the_reference_equals_our_ragged_batch_and_each_question_alone()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Golden.Path("nano", "cases.json")));
        JsonElement batch = document.RootElement.GetProperty("batch");
        string[] texts = Strings(batch.GetProperty("texts"));
        Study[] studies = [.. Strings(batch.GetProperty("images")).Select(image => nano.Model.Open(Golden.Path("nano", image)))];
        var options = new RequestOptions { Generation = new GenerationOptions { MaxNewTokens = 40, LogProbabilities = true } };
        RawRequest[] requests = [.. Strings(batch.GetProperty("prompts")).Select((prompt, i) => new RawRequest(prompt, [studies[i]], UniMedTask.Vqa, options))];

        IReadOnlyList<TextAnswer> answers = await nano.Model.GenerateBatchAsync(requests, TestContext.Current.CancellationToken);

        Assert.Equal(texts, answers.Select(answer => answer.Text));
        for (int i = 0; i < requests.Length; i++)
        {
            TextAnswer alone = (await nano.Model.GenerateBatchAsync([requests[i]], TestContext.Current.CancellationToken))[0];
            Assert.Equal(alone.TokenIds, answers[i].TokenIds);
            Assert.Equal(alone.LogProbabilities, answers[i].LogProbabilities);
        }
    }

    [Fact]
    public async Task A_prompt_with_two_images_equals_the_reference()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Golden.Path("nano", "cases.json")));
        JsonElement pair = document.RootElement.GetProperty("pair");
        Study[] studies = [.. Strings(pair.GetProperty("images")).Select(image => nano.Model.Open(Golden.Path("nano", image)))];

        TextAnswer answer = await nano.Model.GenerateAsync(
            pair.GetProperty("prompt").GetString()!, studies, UniMedTask.Vqa, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(pair.GetProperty("text").GetString(), answer.Text);
    }

    private static string[] Strings(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetString()!)];
}
