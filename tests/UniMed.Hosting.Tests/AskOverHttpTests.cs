using System.Net;
using System.Net.ServerSentEvents;
using AskOverHttp;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using UniMed.Inference;
using UniMed.Tests;
using Xunit;

namespace UniMed.Hosting.Tests;

/// <summary>The web host of samples/AskOverHttp on a port of its own: streams, many clients, clients that leave, overload, and what it refuses.</summary>
public sealed class AskOverHttpTests : IAsyncLifetime
{
    private const string Question = "What modality is used to take this image?";

    private readonly HttpClient _client = new();
    private WebApplication? _host;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private UniMedEngine Engine => _host!.Services.GetRequiredService<UniMedEngine>();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_host is not null)
            await _host.DisposeAsync();
    }

    [Fact]
    public async Task Tokens_come_as_events_and_join_to_the_answer()
    {
        await StartAsync();
        MedicalImage image = MedicalImage.Load(Slice(0));
        TextAnswer expected = await Engine.DescribeAsync(image, cancellationToken: Cancellation);
        using HttpResponseMessage response = await PostAsync("describe", Slice(0));
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        List<SseItem<string>> events = await EventsAsync(response);
        Assert.Equal(expected.TokenIds.Count, events.Count(item => item.EventType == "token"));
        Assert.Equal(expected.Text, string.Concat(events.Where(item => item.EventType == "token").Select(item => item.Data)).Trim());
        Assert.Equal(("answer", expected.Text), (events[^1].EventType, events[^1].Data));
    }

    [Fact]
    public async Task Many_clients_at_once_get_what_each_gets_alone()
    {
        await StartAsync();
        (string Kind, string Slice)[] requests = [.. Enumerable.Range(0, 24).Select(i => (i % 3 == 0 ? "describe" : "ask", Slice(i % 4)))];
        var alone = new Dictionary<(string, string), string>();
        foreach ((string kind, string slice) in requests.Distinct())
        {
            MedicalImage image = MedicalImage.Load(slice);
            alone[(kind, slice)] = (kind == "ask" ? await Engine.AskAsync(image, Question, cancellationToken: Cancellation) : await Engine.DescribeAsync(image, cancellationToken: Cancellation)).Text;
        }

        string[] answers = await Task.WhenAll(requests.Select(async request =>
        {
            using HttpResponseMessage response = await PostAsync(request.Kind, request.Slice);
            return (await EventsAsync(response))[^1].Data;
        }));
        Assert.Equal(requests.Select(request => alone[request]), answers);
        Assert.Equal(0, Engine.Statistics.Failed);
    }

    [Fact]
    public async Task A_client_that_disconnects_takes_its_request_out_of_the_engine()
    {
        await StartAsync("--UniMed:Engine:MaxRunningRequests", "1");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task[] others = [.. Enumerable.Range(0, 40).Select(i => Engine.DescribeAsync(MedicalImage.Load(Slice(i % 4)), cancellationToken: stop.Token).AsTask())];
        using var leave = new CancellationTokenSource();
        Task<HttpResponseMessage> waiting = PostAsync("describe", Slice(0), cancellation: leave.Token);
        while (Engine.Statistics.Queued + Engine.Statistics.Running + Engine.Statistics.Completed < others.Length + 1)
            await Task.Delay(5, Cancellation);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        while (Engine.Statistics.Cancelled == 0)
        {
            Assert.True(Engine.Statistics.Completed < others.Length, "The engine answered everything and cancelled nothing.");
            await Task.Delay(5, Cancellation);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(others));
    }

    [Fact]
    public async Task A_full_engine_is_a_429_that_says_when_to_come_again()
    {
        await StartAsync("--UniMed:Engine:MaxRunningRequests", "1", "--UniMed:Engine:MaxQueuedRequests", "1");
        var filling = new List<Task>();
        HttpResponseMessage response;
        do
        {
            Fill(filling);
            response = await PostAsync("ask", Slice(1));
        }
        while (response.StatusCode == HttpStatusCode.OK);

        Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (response.StatusCode, response.Headers.GetValues("Retry-After").Single()));
        Assert.Contains("MaxQueuedRequests", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        await Task.WhenAll(filling);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync("ask", Slice(1))).StatusCode);
    }

    [Fact]
    public async Task What_cannot_be_answered_is_refused_before_the_stream_begins_and_logs_name_nobody()
    {
        var logs = new CollectingLogs();
        await StartAsync(logs);
        using HttpResponseMessage broken = await PostAsync("ask", [1, 2, 3, 4], "Ada Lovelace.png", Question);
        Assert.Equal(HttpStatusCode.BadRequest, broken.StatusCode);
        Assert.Contains("the uploaded picture", await broken.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync("ask", await File.ReadAllBytesAsync(Slice(0), Cancellation), "a.png", " ")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync("ask", await File.ReadAllBytesAsync(Slice(0), Cancellation), "Ada Lovelace.png", "Is Ada Lovelace's insula visible?")).StatusCode);
        Assert.All(logs.Entries, entry => Assert.DoesNotContain("Lovelace", entry.Everything, StringComparison.Ordinal));

        HttpStatusCode? tooLarge = null;
        try
        {
            tooLarge = (await PostAsync("ask", new byte[AskHost.MaxBodyBytes + 1], "a.png", Question)).StatusCode;
        }
        catch (HttpRequestException)
        {
            // Kestrel answers and closes while the client still writes; the client may see only that.
        }

        Assert.True(tooLarge is null or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.BadRequest, $"{tooLarge}");
        Assert.Equal("Healthy", await _client.GetStringAsync("health", Cancellation));
    }

    private static string Slice(int index) =>
        Path.Combine(Golden.Root, "samples", "slices", new[] { "mri_axial_080.png", "mri_axial_101.png", "mri_coronal_108.png", "mri_sagittal_073.png" }[index]);

    private static async Task<List<SseItem<string>>> EventsAsync(HttpResponseMessage response)
    {
        var events = new List<SseItem<string>>();
        await foreach (SseItem<string> item in SseParser.Create(await response.Content.ReadAsStreamAsync(Cancellation)).EnumerateAsync(Cancellation))
            events.Add(item);
        return events;
    }

    private Task StartAsync(params string[] settings) => StartAsync(null, settings);

    private async Task StartAsync(CollectingLogs? logs, params string[] settings)
    {
        _host = AskHost.Create(["--urls", "http://127.0.0.1:0", "--UniMed:ModelPath", Golden.NanoModel, "--UniMed:Model:Device", "cpu", "--Logging:LogLevel:Default", logs is null ? "None" : "Trace", .. settings]);
        if (logs is not null)
            _host.Services.GetRequiredService<ILoggerFactory>().AddProvider(logs);
        await _host.StartAsync(Cancellation);
        _client.BaseAddress = new Uri(_host.Urls.Single());
    }

    private void Fill(List<Task> filling)
    {
        try
        {
            while (true)
                filling.Add(Engine.DescribeAsync(MedicalImage.Load(Slice(0)), cancellationToken: Cancellation).AsTask());
        }
        catch (EngineOverloadedException)
        {
            // Full, as meant.
        }
    }

    private Task<HttpResponseMessage> PostAsync(string kind, string slice, CancellationToken? cancellation = null) =>
        PostAsync(kind, File.ReadAllBytes(slice), Path.GetFileName(slice), Question, cancellation);

    private async Task<HttpResponseMessage> PostAsync(string kind, byte[] picture, string name, string question, CancellationToken? cancellation = null)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(picture), "image", name } };
        if (kind == "ask")
            form.Add(new StringContent(question), "question");
        using var request = new HttpRequestMessage(HttpMethod.Post, kind) { Content = form };
        return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation ?? Cancellation);
    }
}
