using Microsoft.AspNetCore.Diagnostics;
using UniMed.Inference;

namespace AskOverHttp;

/// <summary>Errors as status codes: 503 where the engine has too much to do or is broken, 504 for a deadline, 400 for what the caller can mend; the message goes to the caller alone.</summary>
internal sealed class RefusedRequests(UniMedEngine engine, IProblemDetailsService problems) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be told.
            httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        int? status = exception switch
        {
            EngineOverloadedException => StatusCodes.Status503ServiceUnavailable,
            UniMedException when engine.Failure is not null => StatusCodes.Status503ServiceUnavailable,
            UniMedException => StatusCodes.Status400BadRequest,
            TimeoutException => StatusCodes.Status504GatewayTimeout,
            _ => null,
        };
        if (status is null)
            return false;
        httpContext.Response.StatusCode = status.Value;
        if (exception is EngineOverloadedException)
            httpContext.Response.Headers.RetryAfter = "1";
        return await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = httpContext, ProblemDetails = { Status = status, Detail = exception.Message } });
    }
}
