using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using UniMed.Cli.Rendering;
using UniMed.Inference;
using UniMed.Inference.Imaging;
using UniMed.Inference.Tasks;

namespace UniMed.Cli.Requests;

/// <summary>Answers the lines of a request file in their order, a few at once. A request that fails becomes an error line and the rest go on.</summary>
/// <param name="model">The model.</param>
/// <param name="studies">Opens images.</param>
/// <param name="sink">Takes the lines.</param>
/// <param name="batch">Most requests answered together.</param>
/// <param name="continueOnError">False stops after the first error line.</param>
internal sealed class RequestRunner(UniMedModel model, StudyCache studies, IAnswerSink sink, int batch, bool continueOnError)
{
    private readonly PromptTemplate _template = new(model.Config.Prompt);
    private readonly HashSet<RequestId> _seen = [];
    private readonly List<RequestLine> _waiting = [];

    public int Answered { get; private set; }

    public int AlreadyAnswered { get; private set; }

    public int Failed { get; private set; }

    /// <summary>Answers all lines.</summary>
    /// <param name="lines">Lines of the request file.</param>
    /// <param name="progress">Told after every line that is written.</param>
    /// <param name="cancellationToken">Stops between and within requests; what is written stays.</param>
    public async Task RunAsync(IAsyncEnumerable<RequestLine> lines, ProgressLine progress, CancellationToken cancellationToken)
    {
        await foreach (RequestLine line in lines)
        {
            RequestLine checkedLine = line;
            if (line.Id is { } id && !_seen.Add(id))
                checkedLine = line with { Request = null, Error = new ErrorDetail("duplicate_id", "an earlier line has the same id. Give every request an id of its own.") };
            else if (line.Id is { } known && sink.Holds(known))
            {
                AlreadyAnswered++;
                continue;
            }

            _waiting.Add(checkedLine);
            bool isFull = _waiting.Count(waiting => waiting.Request is not null) is var requests && (requests == 0 || requests >= batch);
            if (isFull && !await AnswerWaitingAsync(progress, cancellationToken))
                return;
        }

        await AnswerWaitingAsync(progress, cancellationToken);
    }

    /// <returns>False when an error ends the run.</returns>
    private async Task<bool> AnswerWaitingAsync(ProgressLine progress, CancellationToken cancellationToken)
    {
        RequestLine[] lines = [.. _waiting];
        _waiting.Clear();
        object[] results = await AnswerAsync(lines, cancellationToken);
        for (int i = 0; i < lines.Length; i++)
        {
            if (results[i] is TextAnswer answer)
            {
                Answered++;
                Write(lines[i].Request!, answer);
            }
            else
            {
                Failed++;
                Write(new ErrorRecord { Id = lines[i].Id, Task = lines[i].Task, Error = (ErrorDetail)results[i] }, UnimedJson.Lines.ErrorRecord);
            }

            progress.Show(Answered, Failed);
            if (Failed > 0 && !continueOnError)
                return false;
        }

        studies.Trim();
        return true;
    }

    /// <summary>A TextAnswer or an ErrorDetail for each line.</summary>
    private async Task<object[]> AnswerAsync(RequestLine[] lines, CancellationToken cancellationToken)
    {
        object?[] results = new object?[lines.Length];
        var ready = new List<(int Line, RawRequest Request)>();
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].Request is { } request)
                results[i] = TryOpen(request, raw => ready.Add((i, raw)));
            else
                results[i] = lines[i].Error;
        }

        if (ready.Count > 1 && await TryAnswerAsync([.. ready.Select(entry => entry.Request)], cancellationToken) is { } together)
        {
            for (int k = 0; k < ready.Count; k++)
                results[ready[k].Line] = together[k];
        }
        else
        {
            // Of several, one cannot be answered and took the others with it: alone, each gets its own answer or error.
            foreach ((int line, RawRequest request) in ready)
                results[line] = await AnswerAloneAsync(request, cancellationToken);
        }

        return results!;
    }

    private ErrorDetail? TryOpen(ModelRequest request, Action<RawRequest> use)
    {
        try
        {
            Study[] images = [.. request.Images.Select(studies.Open)];
            var options = new RequestOptions { Generation = request.Generation, IncludeRouting = true, IncludeTimings = true };
            use(new RawRequest(request.PromptWith(_template), images, request.Task, options));
            return null;
        }
        catch (ImageException error)
        {
            return new ErrorDetail("image", error.Message);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return Describe(error);
        }
    }

    private async Task<IReadOnlyList<TextAnswer>?> TryAnswerAsync(RawRequest[] requests, CancellationToken cancellationToken)
    {
        try
        {
            return await model.GenerateBatchAsync(requests, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return null;
        }
    }

    private async Task<object> AnswerAloneAsync(RawRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return (await model.GenerateBatchAsync([request], cancellationToken))[0];
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return Describe(error);
        }
    }

    /// <summary>What is not a UniMedException is a fault of the program; one request's fault must not end the others.</summary>
    private static ErrorDetail Describe(Exception error) => error is UniMedException
        ? new ErrorDetail("model", OptionNames.AsMembers(error.Message))
        : new ErrorDetail("internal", $"unexpected {error.GetType().Name}: {error.Message} This is a fault in unimed: please report it with the request.");

    private void Write(ModelRequest request, TextAnswer answer)
    {
        if (request.Task != UniMedTask.Refer)
        {
            Write(new AnswerRecord(request.Task, answer) { Id = request.Id }, UnimedJson.Lines.AnswerRecord);
            return;
        }

        BoxRecord? box = null;
        if (request.Images.Count > 0)
        {
            MedicalImage image = studies.Open(request.Images[0]).Image;
            box = BoxRecord.Read(answer.Text, image.Width, image.Height);
        }

        Write(new LocateRecord(answer, box) { Id = request.Id }, UnimedJson.Lines.LocateRecord);
    }

    private void Write<T>(T record, JsonTypeInfo<T> type) => sink.Write(JsonSerializer.SerializeToUtf8Bytes(record, type));
}
