using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Mvc;
using UniMed.Hosting.AspNetCore;
using UniMed.Inference;

namespace AskOverHttp;

/// <summary>
/// A picture in, server-sent events out: one "token" with its text for each token, then "answer" with the whole text, or "failed" with what a caller may know of the reason. What fails before the first token is a status
/// code instead. The token given by ASP.NET Core is cancelled when the client disconnects, which takes the request out of the engine between two steps.
/// </summary>
internal static class AskEndpoints
{
    private static readonly RequestOptions Options = new() { Deadline = TimeSpan.FromMinutes(2) };

    public static async Task<IResult> AskAsync([FromForm] string question, IFormFile image, UniMedEngine engine, CancellationToken disconnected) =>
        string.IsNullOrWhiteSpace(question)
            ? TypedResults.Problem("The field 'question' is empty. Ask a question.", statusCode: StatusCodes.Status400BadRequest)
            : await StreamAsync(engine.AskAsync(await ReadAsync(image, disconnected), question, Options, disconnected), disconnected);

    public static async Task<IResult> DescribeAsync(IFormFile image, UniMedEngine engine, CancellationToken disconnected) =>
        await StreamAsync(engine.DescribeAsync(await ReadAsync(image, disconnected), null, Options, disconnected), disconnected);

    /// <summary>Decodes an upload. Its file name stays out of it: it may name a patient, and errors go to logs of others.</summary>
    private static async Task<MedicalImage> ReadAsync(IFormFile upload, CancellationToken disconnected)
    {
        using var bytes = new MemoryStream((int)upload.Length);
        await upload.CopyToAsync(bytes, disconnected);
        return MedicalImage.Decode(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), new ImageDecodeOptions { Limits = AskHost.Limits }, source: "the uploaded picture");
    }

    private static async Task<IResult> StreamAsync(PendingAnswer<TextAnswer> answer, CancellationToken disconnected)
    {
        IAsyncEnumerator<GeneratedToken> tokens = answer.GetAsyncEnumerator(disconnected);
        bool any = await tokens.MoveNextAsync();
        return TypedResults.ServerSentEvents(EventsAsync(answer, tokens, any, disconnected));
    }

    private static async IAsyncEnumerable<SseItem<string>> EventsAsync(
        PendingAnswer<TextAnswer> answer, IAsyncEnumerator<GeneratedToken> tokens, bool any, [EnumeratorCancellation] CancellationToken disconnected)
    {
        await using (tokens)
        {
            while (any)
            {
                yield return new SseItem<string>(tokens.Current.Text, "token");
                string? failure = null;
                try
                {
                    any = await tokens.MoveNextAsync();
                }
                catch (UniMedException error)
                {
                    failure = UniMedProblemDetails.From(error)!.Detail;
                }

                if (failure is not null)
                {
                    yield return new SseItem<string>(failure, "failed");
                    yield break;
                }
            }
        }

        disconnected.ThrowIfCancellationRequested();
        yield return new SseItem<string>((await answer).Text, "answer");
    }
}
