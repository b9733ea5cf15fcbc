using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using UniMed.Hosting.AspNetCore;
using UniMed.Inference;
using UniMed.Tests;
using Xunit;

namespace UniMed.Hosting.Tests;

/// <summary>Failures as problem details: the status says who can act, and only the caller's own business is told to the caller.</summary>
public sealed class ProblemDetailsTests
{
    private const string Message = "Ada Lovelace's prompt in /models/x";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<UniMedFailure, int, string, bool> Failures => new()
    {
        { UniMedFailure.InvalidInput, 400, "urn:unimed:invalid-input", true },
        { UniMedFailure.Overloaded, 429, "urn:unimed:overloaded", true },
        { UniMedFailure.DeadlineExceeded, 504, "urn:unimed:deadline-exceeded", true },
        { UniMedFailure.Cancelled, 499, "urn:unimed:cancelled", false },
        { UniMedFailure.DeviceFailed, 503, "urn:unimed:device-failed", false },
        { UniMedFailure.OutOfMemory, 503, "urn:unimed:out-of-memory", false },
        { UniMedFailure.ModelFiles, 500, "urn:unimed:model-files", false },
        { UniMedFailure.Internal, 500, "urn:unimed:internal", false },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void Each_reason_has_its_status_and_type(UniMedFailure reason, int status, string type, bool isTold)
    {
        ProblemDetails problem = UniMedProblemDetails.From(new UniMedException(reason, Message))!;
        Assert.Equal((status, type, isTold), (problem.Status!.Value, problem.Type, problem.Detail == Message));
        Assert.NotEmpty(problem.Title!);
        Assert.Equal(isTold, problem.Detail!.Contains("Lovelace", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_reason_is_looked_at_and_other_errors_are_left_alone()
    {
        Assert.Equal(Enum.GetValues<UniMedFailure>(), Failures.Select(row => row.Data.Item1));
        Assert.Null(UniMedProblemDetails.From(new InvalidOperationException("x")));
    }

    [Fact]
    public async Task A_host_answers_with_them_and_logs_what_it_has_to_mend_alone()
    {
        var logs = new CollectingLogs();
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(logs);
        builder.Services.AddUniMedProblemDetails();
        await using WebApplication app = builder.Build();
        app.UseExceptionHandler();
        app.MapGet("/{reason}", IResult (string reason) => throw (Enum.TryParse(reason, out UniMedFailure failure) ? new UniMedException(failure, $"{Message} {failure}") : new NotSupportedException(reason)));
        await app.StartAsync(Cancellation);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        // As a client of an event stream asks.
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));

        using HttpResponseMessage overloaded = await client.GetAsync("Overloaded", Cancellation);
        Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (overloaded.StatusCode, overloaded.Headers.GetValues("Retry-After").Single()));
        using HttpResponseMessage invalid = await client.GetAsync("InvalidInput", Cancellation);
        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (invalid.StatusCode, invalid.Content.Headers.ContentType!.MediaType));
        using JsonDocument problem = JsonDocument.Parse(await invalid.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal($"{Message} InvalidInput", problem.RootElement.GetProperty("detail").GetString());
        Assert.All(logs.Entries, entry => Assert.DoesNotContain("Lovelace", entry.Everything, StringComparison.Ordinal));

        using HttpResponseMessage broken = await client.GetAsync("DeviceFailed", Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, broken.StatusCode);
        Assert.DoesNotContain("models", await broken.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Contains(logs.Entries, entry => entry.Everything.Contains("/models/x DeviceFailed", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.InternalServerError, (await client.GetAsync("other", Cancellation)).StatusCode);
    }
}
