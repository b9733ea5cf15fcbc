using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Logging;
using UniMed.Inference;

namespace UniMed.Hosting.AspNetCore;

/// <summary>Answers with <see cref="UniMedProblemDetails"/>. What is none of UniMed's failures is left to others.</summary>
internal sealed partial class UniMedExceptionHandler(IProblemDetailsService problems, ILogger<UniMedExceptionHandler> logger) : IExceptionHandler
{
    private const string RetryAfterSeconds = "1";

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be told.
            httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        if (exception is not UniMedException failure || UniMedProblemDetails.From(failure) is not { } problem)
            return false;
        // A message about a request may quote its texts, which no log may hold. What was cancelled has not failed.
        if (failure.Reason != UniMedFailure.Cancelled && !UniMedProblemDetails.IsAboutTheRequest(failure.Reason))
            LogFailed(logger, failure, failure.Reason);
        httpContext.Response.StatusCode = problem.Status!.Value;
        if (failure.Reason == UniMedFailure.Overloaded)
            httpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
        // Clients that accept event streams alone get problems all the same.
        if (!await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = httpContext, ProblemDetails = problem, Exception = exception }))
            await httpContext.Response.WriteAsJsonAsync(problem, ProblemJson.Default.ProblemDetails, "application/problem+json", cancellationToken);
        return true;
    }

    [LoggerMessage(1, LogLevel.Error, "A request failed ({Reason}).")]
    private static partial void LogFailed(ILogger logger, Exception error, UniMedFailure reason);

    [JsonSerializable(typeof(ProblemDetails))]
    private sealed partial class ProblemJson : JsonSerializerContext;
}
