using System.Reflection;
using Microsoft.Extensions.AI;
using UniMed.Inference;
using Xunit;

namespace UniMed.Hosting.Tests;

/// <summary>Every member of ChatOptions is honoured, or refused by its name: none is left out in silence.</summary>
public sealed class ChatOptionsTests(ChatHost host) : IClassFixture<ChatHost>
{
    private const string Question = "[qa] tell";

    /// <summary>Values that Uni-Med has nothing for.</summary>
    private static readonly Dictionary<string, object[]> RefusedValues = new()
    {
        [nameof(ChatOptions.Tools)] = [new List<AITool> { AIFunctionFactory.Create(() => 1, "one") }],
        [nameof(ChatOptions.ToolMode)] = [ChatToolMode.RequireAny, ChatToolMode.RequireSpecific("one")],
        [nameof(ChatOptions.StopSequences)] = [new List<string> { "." }],
        [nameof(ChatOptions.FrequencyPenalty)] = [0.5f, -0.5f, float.NaN],
        [nameof(ChatOptions.PresencePenalty)] = [0.5f, -0.5f, float.NaN],
        [nameof(ChatOptions.Instructions)] = ["Be brief."],
        [nameof(ChatOptions.ConversationId)] = ["7"],
        [nameof(ChatOptions.Reasoning)] = [new ReasoningOptions { Effort = ReasoningEffort.High }, new ReasoningOptions { Output = ReasoningOutput.Full }],
        [nameof(ChatOptions.ModelId)] = ["gpt-4o", ""],
        [nameof(ChatOptions.AdditionalProperties)] = [new AdditionalPropertiesDictionary { ["logit_bias"] = 1 }],
        [nameof(ChatOptions.ResponseFormat)] = [ChatResponseFormat.Json],
        [nameof(ChatOptions.RawRepresentationFactory)] =
        [
            (Func<IChatClient, object?>)(_ => "text"),
            (Func<IChatClient, object?>)(_ => new RequestOptions { Generation = null! }),
        ],
#pragma warning disable MEAI001
        [nameof(ChatOptions.ContinuationToken)] = [ResponseContinuationToken.FromBytes(new byte[] { 1 })],
#pragma warning restore MEAI001
    };

    /// <summary>Numbers out of their range.</summary>
    private static readonly Dictionary<string, object[]> WrongNumbers = new()
    {
        [nameof(ChatOptions.Temperature)] = [-1f, float.NaN, float.PositiveInfinity, float.Epsilon, float.MaxValue],
        [nameof(ChatOptions.TopP)] = [-0.1f, 1.1f, float.NaN],
        [nameof(ChatOptions.TopK)] = [-1, int.MinValue],
        [nameof(ChatOptions.MaxOutputTokens)] = [0, -1, int.MinValue, int.MaxValue],
    };

    /// <summary>Values that ask for nothing that Uni-Med does not do anyway, or that others test here.</summary>
    private static readonly Dictionary<string, object[]> TakenValues = new()
    {
        [nameof(ChatOptions.Tools)] = [new List<AITool>()],
        [nameof(ChatOptions.ToolMode)] = [ChatToolMode.Auto, ChatToolMode.None],
        [nameof(ChatOptions.AllowMultipleToolCalls)] = [true, false],
        [nameof(ChatOptions.StopSequences)] = [new List<string>()],
        [nameof(ChatOptions.FrequencyPenalty)] = [0f, -0f],
        [nameof(ChatOptions.PresencePenalty)] = [0f],
        [nameof(ChatOptions.Instructions)] = [""],
        [nameof(ChatOptions.Reasoning)] = [new ReasoningOptions(), new ReasoningOptions { Effort = ReasoningEffort.None, Output = ReasoningOutput.None }],
        [nameof(ChatOptions.ModelId)] = ["uni-med"],
        [nameof(ChatOptions.AdditionalProperties)] = [new AdditionalPropertiesDictionary()],
        [nameof(ChatOptions.ResponseFormat)] = [ChatResponseFormat.Text],
        [nameof(ChatOptions.RawRepresentationFactory)] = [(Func<IChatClient, object?>)(_ => null), (Func<IChatClient, object?>)(_ => new RequestOptions { Priority = 3 })],
        [nameof(ChatOptions.Temperature)] = [0f],
#pragma warning disable MEAI001
        [nameof(ChatOptions.AllowBackgroundResponses)] = [true, false],
#pragma warning restore MEAI001
    };

    /// <summary>Members that change what is answered.</summary>
    private static readonly string[] Honoured =
        [nameof(ChatOptions.Temperature), nameof(ChatOptions.TopP), nameof(ChatOptions.TopK), nameof(ChatOptions.Seed), nameof(ChatOptions.MaxOutputTokens), nameof(ChatOptions.ResponseFormat), nameof(ChatOptions.RawRepresentationFactory)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_member_is_looked_at_here()
    {
        string[] members = [.. typeof(ChatOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name).Order(StringComparer.Ordinal)];
        Assert.Equal(members, Honoured.Concat(RefusedValues.Keys).Concat(WrongNumbers.Keys).Concat(TakenValues.Keys).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_Uni_Med_has_nothing_for_is_refused_by_name()
    {
        foreach ((string member, object[] values) in RefusedValues)
        {
            foreach (object value in values)
            {
                UniMedException error = await Assert.ThrowsAsync<UniMedException>(() => AskAsync(With(member, value)));
                Assert.Equal(UniMedFailure.InvalidInput, error.Reason);
                Assert.Contains($"ChatOptions.{member}", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_number_out_of_its_range_is_refused_by_the_name_the_caller_knows()
    {
        foreach ((string member, object[] values) in WrongNumbers)
        {
            foreach (object value in values)
            {
                UniMedException error = await Assert.ThrowsAsync<UniMedException>(() => AskAsync(With(member, value)));
                Assert.Equal(UniMedFailure.InvalidInput, error.Reason);
                Assert.Contains($"ChatOptions.{member} is ", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task What_asks_for_nothing_changes_nothing()
    {
        string plain = (await AskAsync(null)).Text;
        Assert.Equal(plain, (await AskAsync(new ChatOptions())).Text);
        foreach ((string member, object[] values) in TakenValues)
        {
            foreach (object value in values)
                Assert.Equal((member, plain), (member, (await AskAsync(With(member, value))).Text));
        }
    }

    [Fact]
    public async Task Seeds_give_different_answers_and_each_gives_its_own_again()
    {
        foreach (Func<int, ChatOptions> options in (Func<int, ChatOptions>[])[
            seed => new() { TopP = 1, TopK = 1000, Seed = seed, Temperature = 3 },
            seed => new() { TopP = 1, TopK = 1000, Seed = seed },
            seed => new() { Seed = seed },
            seed => new() { Seed = long.MinValue + seed, Temperature = 3 }])
        {
            string[] answers = await ManyAsync(options);
            Assert.True(answers.Distinct().Count() > 1, "Ten seeds gave one answer.");
            Assert.Equal(answers, await ManyAsync(options));
        }
    }

    [Fact]
    public async Task Top_k_and_top_p_are_honoured_without_a_temperature()
    {
        string best = (await AskAsync(null)).Text;
        Assert.Equal([best], (await ManyAsync(seed => new() { TopK = 1, Seed = seed })).Distinct());
        Assert.Equal([best], (await ManyAsync(seed => new() { TopP = 0, Seed = seed })).Distinct());
        Assert.NotEqual([best], (await ManyAsync(_ => new() { TopP = 1, TopK = 0 })).Distinct());
        Assert.Equal([best], (await ManyAsync(seed => new() { Temperature = 0, TopP = 1, TopK = 0, Seed = seed })).Distinct());
    }

    /// <summary>As Python strips an answer: separators 0x1C to 0x1F, which a draw may begin with, are white space there and not in .NET.</summary>
    private static string Stripped(string text) =>
        text.Trim([.. Enumerable.Range(0, 0x3001).Select(code => (char)code).Where(code => char.IsWhiteSpace(code) || code is >= '\u001c' and <= '\u001f')]);

    [Fact]
    public async Task Without_a_seed_each_call_draws_anew_and_says_with_which_seed()
    {
        var options = new ChatOptions { Temperature = 3, TopP = 1, TopK = 1000 };
        var responses = new List<ChatResponse>();
        for (int i = 0; i < 10; i++)
            responses.Add(await AskAsync(options));
        Assert.True(responses.Select(response => response.Text).Distinct().Count() > 1, "Ten calls gave one answer.");
        Assert.Null(options.Seed);
        foreach (ChatResponse response in responses)
        {
            long seed = Assert.IsType<long>(response.AdditionalProperties![UniMedChatClient.SeedProperty]);
            Assert.Equal(response.Text, (await AskAsync(new ChatOptions { Temperature = 3, TopP = 1, TopK = 1000, Seed = seed })).Text);
        }

        ChatResponseUpdate[] stream = await host.Client.GetStreamingResponseAsync(Question, options, Cancellation).ToArrayAsync(Cancellation);
        long streamed = Assert.IsType<long>(stream[^1].AdditionalProperties![UniMedChatClient.SeedProperty]);
        Assert.Equal(Stripped(string.Concat(stream.Select(update => update.Text))), Stripped((await AskAsync(new ChatOptions { Temperature = 3, TopP = 1, TopK = 1000, Seed = streamed })).Text));
        Assert.Null((await AskAsync(null)).AdditionalProperties);
    }

    [Fact]
    public async Task The_engines_own_options_are_taken_and_the_chats_come_on_top()
    {
        var own = new RequestOptions { Generation = new GenerationOptions { MaxNewTokens = 2, RepetitionPenalty = 1.5 } };
        Assert.Equal(2, (await AskAsync(new ChatOptions { RawRepresentationFactory = _ => own })).Usage!.OutputTokenCount);
        Assert.Equal(1, (await AskAsync(new ChatOptions { RawRepresentationFactory = _ => own, MaxOutputTokens = 1 })).Usage!.OutputTokenCount);
        UniMedException late = await Assert.ThrowsAsync<UniMedException>(() => AskAsync(new ChatOptions { RawRepresentationFactory = _ => own with { Deadline = TimeSpan.Zero } }));
        Assert.Equal(UniMedFailure.DeadlineExceeded, late.Reason);
        Assert.Same(host.Client, await ClientGivenAsync());

        async Task<IChatClient?> ClientGivenAsync()
        {
            IChatClient? given = null;
            await AskAsync(new ChatOptions
            {
                RawRepresentationFactory = client =>
                {
                    given = client;
                    return own;
                },
            });
            return given;
        }
    }

    private Task<ChatResponse> AskAsync(ChatOptions? options) => host.Client.GetResponseAsync(Question, options, Cancellation);

    private async Task<string[]> ManyAsync(Func<int, ChatOptions> options)
    {
        var texts = new List<string>();
        for (int i = 0; i < 10; i++)
            texts.Add((await AskAsync(options(i))).Text);
        return [.. texts];
    }

    private static ChatOptions With(string member, object value)
    {
        var options = new ChatOptions();
        typeof(ChatOptions).GetProperty(member)!.SetValue(options, value);
        return options;
    }
}
