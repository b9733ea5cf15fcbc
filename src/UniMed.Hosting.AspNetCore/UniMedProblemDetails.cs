using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using UniMed.Inference;

namespace UniMed.Hosting.AspNetCore;

/// <summary>UniMed's failures as problem details (RFC 9457).</summary>
/// <remarks>
/// <para>
/// The status says who can act: 400 the caller, with another request; 429 and 504 the caller, later or with more time; 503 and 500 whoever runs the host. <c>type</c> is
/// <c>urn:unimed:</c> and the reason, such as <c>urn:unimed:deadline-exceeded</c>.
/// </para>
/// <para>The detail of 400, 429 and 504 is the exception's message: it is about the caller's own request. The others' messages name the host's files and devices; callers do not get them.</para>
/// <para>Thread-safe.</para>
/// </remarks>
public static class UniMedProblemDetails
{
    private const string DetailsInLog = "The host's log says more.";

    /// <summary>What to tell a client about an error.</summary>
    /// <param name="error">What was thrown.</param>
    /// <returns>Status, title, type and detail; null for what is not a <see cref="UniMedException"/>.</returns>
    public static ProblemDetails? From(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        if (error is not UniMedException failure)
            return null;
        (int status, string type, string title) = failure.Reason switch
        {
            UniMedFailure.InvalidInput => (StatusCodes.Status400BadRequest, "invalid-input", "The request cannot be used as it is."),
            UniMedFailure.Overloaded => (StatusCodes.Status429TooManyRequests, "overloaded", "Too many requests are waiting."),
            UniMedFailure.DeadlineExceeded => (StatusCodes.Status504GatewayTimeout, "deadline-exceeded", "The answer was not finished in time."),
            UniMedFailure.Cancelled => (StatusCodes.Status499ClientClosedRequest, "cancelled", "The request was cancelled."),
            UniMedFailure.DeviceFailed => (StatusCodes.Status503ServiceUnavailable, "device-failed", "The device that answers has failed."),
            UniMedFailure.OutOfMemory => (StatusCodes.Status503ServiceUnavailable, "out-of-memory", "There is not enough memory to answer."),
            UniMedFailure.ModelFiles => (StatusCodes.Status500InternalServerError, "model-files", "The model's files cannot be used."),
            _ => (StatusCodes.Status500InternalServerError, "internal", "Something is wrong in UniMed."),
        };
        return new ProblemDetails { Status = status, Type = $"urn:unimed:{type}", Title = title, Detail = IsAboutTheRequest(failure.Reason) ? failure.Message : DetailsInLog };
    }

    /// <summary>Whether a message is about the request of whoever asked, and not about the host.</summary>
    internal static bool IsAboutTheRequest(UniMedFailure reason) => reason is UniMedFailure.InvalidInput or UniMedFailure.Overloaded or UniMedFailure.DeadlineExceeded;
}
