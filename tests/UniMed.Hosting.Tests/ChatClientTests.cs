using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using UniMed.Inference;
using UniMed.Tests;
using Xunit;

namespace UniMed.Hosting.Tests;

/// <summary>Uni-Med as a chat client out of a container: what it answers, and what it refuses.</summary>
public sealed class ChatClientTests : IDisposable
{
    private const string Plane = "Which plane is this MRI slice in?";

    private readonly ServiceProvider _services = new ServiceCollection().AddUniMed(options => options.ModelPath = Golden.NanoModel).BuildServiceProvider();

    private static string Slice => Golden.Path("nano", "images", "mri_axial_080.png");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IChatClient Client => _services.GetRequiredService<IChatClient>();

    public void Dispose() => _services.Dispose();

    public static TheoryData<ChatMessage[], ChatOptions?, string> Refused => new()
    {
        { [new ChatMessage(ChatRole.System, "Be brief."), new ChatMessage(ChatRole.User, Plane)], null, "2 (system, user)" },
        { [new ChatMessage(ChatRole.Assistant, "Hello.")], null, "send one user message" },
        { [], null, "has 0" },
        { [new ChatMessage(ChatRole.User, "")], null, "no text" },
        { [new ChatMessage(ChatRole.User, [new DataContent(new byte[] { 1 }, "audio/wav"), new TextContent("?")])], null, "audio/wav" },
        { [new ChatMessage(ChatRole.User, [new UriContent("https://host/slice.png", "image/png"), new TextContent("?")])], null, "UriContent" },
        { [new ChatMessage(ChatRole.User, "?")], new ChatOptions { StopSequences = ["x"] }, "StopSequences" },
        { [new ChatMessage(ChatRole.User, "?")], new ChatOptions { ResponseFormat = ChatResponseFormat.Json }, "ResponseFormat" },
        { [new ChatMessage(ChatRole.User, "?")], new ChatOptions { ResponseFormat = Schema("{\"type\": \"string\", \"pattern\": \"a\"}") }, "#/pattern" },
        { [new ChatMessage(ChatRole.User, "?")], new ChatOptions { FrequencyPenalty = 1 }, "FrequencyPenalty" },
    };

    [Fact]
    public async Task An_image_and_a_question_are_answered_as_the_library_answers_them()
    {
        UniMedModel model = _services.GetRequiredService<UniMedModel>();
        using Study study = model.Open(Slice);
        TextAnswer expected = await study.AskAsync(Plane, cancellationToken: Cancellation);

        ChatResponse response = await Client.GetResponseAsync([Question(Plane)], cancellationToken: Cancellation);
        Assert.Equal(expected.Text, response.Text);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.Equal((expected.PromptTokens, expected.TokenIds.Count), ((int)response.Usage!.InputTokenCount!, (int)response.Usage.OutputTokenCount!));
    }

    [Fact]
    public async Task A_tag_names_the_task_and_a_stream_joins_to_the_answer()
    {
        MedicalImage image = MedicalImage.Load(Slice);
        LocateAnswer expected = await _services.GetRequiredService<UniMedEngine>().LocateAsync(image, "left insula", cancellationToken: Cancellation);
        ChatResponse joined = await Client.GetStreamingResponseAsync([Question(Instructions.Refer("left insula"))], cancellationToken: Cancellation).ToChatResponseAsync(Cancellation);
        Assert.Equal(expected.Text, joined.Text.Trim());
        Assert.Equal(expected.TokenIds.Count, joined.Usage!.OutputTokenCount);
    }

    [Fact]
    public async Task Text_alone_is_a_question_of_knowledge_and_options_are_used()
    {
        ChatResponse whole = await Client.GetResponseAsync("which blood cell fights infection ?", cancellationToken: Cancellation);
        Assert.Equal("white blood cell", whole.Text);
        ChatResponse cut = await Client.GetResponseAsync("which blood cell fights infection ?", new ChatOptions { MaxOutputTokens = 2 }, Cancellation);
        Assert.Equal((2, ChatFinishReason.Length), ((int)cut.Usage!.OutputTokenCount!, cut.FinishReason));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_it_cannot_take_is_refused_by_name(ChatMessage[] messages, ChatOptions? options, string says)
    {
        UniMedException error = await Assert.ThrowsAsync<UniMedException>(() => Client.GetResponseAsync(messages, options, Cancellation));
        Assert.Equal(UniMedFailure.InvalidInput, error.Reason);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pictures_of_messages_are_held_to_the_model_s_limits()
    {
        await using ServiceProvider services = new ServiceCollection()
            .AddUniMed(Golden.NanoModel, options => options.Model = new UniMedModelOptions { ImageLimits = new ImageLimits { MaxDimension = 40 } })
            .BuildServiceProvider();
        ImageException error = await Assert.ThrowsAsync<ImageException>(() => services.GetRequiredService<IChatClient>().GetResponseAsync([Question(Plane)], cancellationToken: Cancellation));
        Assert.Contains("40", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_response_format_with_a_schema_holds_whatever_is_drawn()
    {
        var options = new ChatOptions
        {
            Temperature = 50,
            TopP = 1,
            TopK = 0,
            ResponseFormat = Schema("{\"type\": \"object\", \"properties\": {\"plane\": {\"enum\": [\"axial\", \"coronal\"]}, \"slices\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 30}}, \"required\": [\"plane\", \"slices\"]}"),
        };
        for (int seed = 0; seed < 6; seed++)
        {
            options.Seed = seed;
            ChatResponse response = await Client.GetResponseAsync([Question(Plane)], options, Cancellation);
            using JsonDocument json = JsonDocument.Parse(response.Text);
            Assert.Equal(["plane", "slices"], json.RootElement.EnumerateObject().Select(member => member.Name));
            Assert.InRange(json.RootElement.GetProperty("slices").GetInt32(), 1, 30);
            Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        }
    }

    [Fact]
    public async Task A_task_of_the_options_takes_the_text_alone_and_gives_its_typed_answer()
    {
        MedicalImage image = MedicalImage.Load(Slice);
        UniMedEngine engine = _services.GetRequiredService<UniMedEngine>();
        LocateAnswer place = await engine.LocateAsync(image, "left insula", cancellationToken: Cancellation);
        ChatResponse response = await Client.GetResponseAsync([Question("left insula")], new ChatOptions().WithUniMedTask(UniMedTask.Refer), Cancellation);
        Assert.Equal((place.Text, place.Percent), (response.Text, Assert.IsType<LocateAnswer>(response.RawRepresentation).Percent));

        string[] planes = ["axial brain MRI", "sagittal brain MRI"];
        ClassifyAnswer category = await engine.ClassifyAsync(image, planes, cancellationToken: Cancellation);
        ChatResponseUpdate last = await Client.GetStreamingResponseAsync([Question("")], new ChatOptions().WithUniMedCategories(planes), Cancellation).LastAsync(Cancellation);
        Assert.Equal(category.Scores.Select(score => score.Probability), Assert.IsType<ClassifyAnswer>(last.RawRepresentation).Scores.Select(score => score.Probability));
        Assert.NotEmpty(last.Contents);

        var box = new PercentBox(20, 20, 60, 60);
        TextAnswer named = await engine.IdentifyAsync(image, box, cancellationToken: Cancellation);
        Assert.Equal(named.Text, (await Client.GetResponseAsync([Question("")], new ChatOptions().WithUniMedBox(box), Cancellation)).Text);
        TextAnswer report = await engine.DescribeAsync(image, cancellationToken: Cancellation);
        Assert.Equal(report.Text, (await Client.GetResponseAsync([Question("")], new ChatOptions().WithUniMedTask(UniMedTask.Caption), Cancellation)).Text);
        Assert.IsType<TextAnswer>((await Client.GetResponseAsync("why?", new ChatOptions().WithUniMedTask(UniMedTask.Qa), Cancellation)).RawRepresentation);
    }

    [Fact]
    public async Task A_task_that_does_not_fit_its_message_is_refused()
    {
        ChatOptions refer = new ChatOptions().WithUniMedTask(UniMedTask.Refer);
        await RefusedAsync("no text", refer, Question(""));
        await RefusedAsync("begins with [vqa]", refer, Question("[vqa] where?"));
        await RefusedAsync("holds 0 images", refer, new ChatMessage(ChatRole.User, "left insula"));
        await RefusedAsync("Leave the text out", new ChatOptions().WithUniMedBox(new PercentBox(1, 1, 9, 9)), Question("this"));
        await RefusedAsync("WithUniMedCategories", new ChatOptions().WithUniMedTask(UniMedTask.Cls), Question(""));
        await RefusedAsync("WithUniMedBox", new ChatOptions().WithUniMedTask(UniMedTask.Identify), Question(""));
        await RefusedAsync("vqa, ", new ChatOptions { AdditionalProperties = new() { ["unimed.task"] = "segment" } }, Question("?"));
        await RefusedAsync("Task 9 does not exist", new ChatOptions { AdditionalProperties = new() { ["unimed.task"] = (UniMedTask)9 } }, Question("?"));

        // A task that is set takes the place of the one before.
        ChatOptions changed = new ChatOptions().WithUniMedCategories(["axial", "coronal"]).WithUniMedBox(new PercentBox(1, 1, 9, 9)).WithUniMedTask(UniMedTask.Refer);
        Assert.IsType<LocateAnswer>((await Client.GetResponseAsync([Question("left insula")], changed, Cancellation)).RawRepresentation);

        async Task RefusedAsync(string says, ChatOptions options, ChatMessage message)
        {
            UniMedException error = await Assert.ThrowsAsync<UniMedException>(() => Client.GetResponseAsync([message], options, Cancellation));
            Assert.Equal(UniMedFailure.InvalidInput, error.Reason);
            Assert.Contains(says, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_word_in_brackets_that_is_no_tag_is_refused_with_the_tags()
    {
        foreach (string text in (string[])["[reffer] left insula", "[Refer] left insula", "[segment]"])
        {
            UniMedException error = await Assert.ThrowsAsync<UniMedException>(() => Client.GetResponseAsync([Question(text)], cancellationToken: Cancellation));
            Assert.Equal(UniMedFailure.InvalidInput, error.Reason);
            Assert.All(UniMedTasks.All, task => Assert.Contains(task.Tag(), error.Message, StringComparison.Ordinal));
        }

        Assert.NotEmpty((await Client.GetResponseAsync([Question("[a note in brackets] is this a slice?")], new ChatOptions { MaxOutputTokens = 2 }, Cancellation)).Text);
    }

    [Fact]
    public async Task A_broken_image_is_an_error_that_names_it()
    {
        var message = new ChatMessage(ChatRole.User, [new DataContent(new byte[] { 1, 2, 3 }, "image/png") { Name = "slice 7" }, new TextContent(Plane)]);
        Assert.Contains("slice 7", (await Assert.ThrowsAsync<ImageException>(() => Client.GetResponseAsync([message], cancellationToken: Cancellation))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_stream_ends()
    {
        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ChatResponseUpdate _ in Client.GetStreamingResponseAsync([Question(Instructions.Caption())], cancellationToken: cancel.Token))
                await cancel.CancelAsync();
        });
    }

    [Fact]
    public async Task The_engine_logs_where_the_container_logs_unless_its_options_say_where()
    {
        var container = new CollectingLogs();
        await AskAsync(container, new EngineOptions());
        Assert.Single(container.Of(1), entry => entry.Message.StartsWith("Uni-Med model", StringComparison.Ordinal));
        Assert.Single(container.Of(1), entry => entry.Message.StartsWith("The engine runs on cpu", StringComparison.Ordinal));

        var own = new CollectingLogs();
        container = new CollectingLogs();
        await AskAsync(container, new EngineOptions { LoggerFactory = own });
        Assert.DoesNotContain(container.Entries, entry => entry.Message.StartsWith("The engine", StringComparison.Ordinal));
        Assert.Single(own.Of(11));

        static async Task AskAsync(CollectingLogs logs, EngineOptions engine)
        {
            await using ServiceProvider services = new ServiceCollection()
                .AddSingleton<ILoggerFactory>(logs)
                .AddUniMed(options => (options.ModelPath, options.Model, options.Engine) = (Golden.NanoModel, new UniMedModelOptions { Device = "cpu" }, engine))
                .BuildServiceProvider();
            await services.GetRequiredService<IChatClient>().GetResponseAsync("which blood cell fights infection ?", cancellationToken: Cancellation);
        }
    }

    [Fact]
    public void The_client_gives_its_engine_and_its_name()
    {
        Assert.Same(_services.GetRequiredService<UniMedEngine>(), Client.GetService(typeof(UniMedEngine)));
        Assert.Equal("unimed", ((ChatClientMetadata)Client.GetService(typeof(ChatClientMetadata))!).ProviderName);
    }

    [Fact]
    public void A_missing_folder_is_named_when_the_model_is_first_asked_for()
    {
        using ServiceProvider services = new ServiceCollection().AddUniMed(options => options.ModelPath = "nowhere").BuildServiceProvider();
        Assert.Contains("nowhere", Assert.Throws<UniMedException>(services.GetRequiredService<IChatClient>).Message, StringComparison.Ordinal);
    }

    private static ChatResponseFormatJson Schema(string schema)
    {
        using JsonDocument document = JsonDocument.Parse(schema);
        return ChatResponseFormat.ForJsonSchema(document.RootElement.Clone());
    }

    private static ChatMessage Question(string text) => new(ChatRole.User, [new DataContent(File.ReadAllBytes(Slice), "image/png"), new TextContent(text)]);
}
