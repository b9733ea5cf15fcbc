using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using UniMed.Cli.Rendering;
using UniMed.Inference;

namespace UniMed.Cli.Requests;

/// <summary>Answers the lines of a request file, some at once, and writes them in their order. A request that fails becomes an error line and the rest go on.</summary>
/// <param name="engine">Answers.</param>
/// <param name="studies">Opens images.</param>
/// <param name="sink">Takes the lines.</param>
/// <param name="concurrency">Most requests answered at once.</param>
/// <param name="continueOnError">False stops after the first error line.</param>
internal sealed class RequestRunner(UniMedEngine engine, StudyCache studies, IAnswerSink sink, int concurrency, bool continueOnError) : IAsyncDisposable
{
    private readonly HashSet<RequestId> _seen = [];
    private readonly Queue<(RequestLine Line, Task<object> Result)> _pending = new();

    public int Answered { get; private set; }

    public int AlreadyAnswered { get; private set; }

    public int Failed { get; private set; }

    /// <summary>Answers all lines.</summary>
    /// <param name="lines">Lines of the request file.</param>
    /// <param name="progress">Told after every line that is written.</param>
    /// <param name="cancellationToken">Stops between and within requests; what is written stays.</param>
    public async Task RunAsync(IAsyncEnumerable<RequestLine> lines, ProgressLine progress, CancellationToken cancellationToken)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        IAsyncEnumerator<RequestLine> reader = lines.GetAsyncEnumerator(reading.Token);
        Task<bool> next = reader.MoveNextAsync().AsTask();
        try
        {
            while (true)
            {
                // An answer is written when it is there, also while the next request is still being waited for.
                if (_pending.TryPeek(out (RequestLine Line, Task<object> Result) first) && !next.IsCompleted)
                    await Task.WhenAny(next, first.Result);
                if (!await WriteDownToAsync(int.MaxValue, progress))
                    return;
                if (_pending.Count > 0 && !next.IsCompleted)
                    continue;
                if (!await next)
                    break;
                if (Check(reader.Current) is { } line && !await StartAsync(line, progress, cancellationToken))
                    return;
                next = reader.MoveNextAsync().AsTask();
            }

            await WriteDownToAsync(0, progress);
        }
        finally
        {
            // The end may come while a line is still being waited for.
            await reading.CancelAsync();
            await next.ContinueWith(_ => { }, TaskScheduler.Default);
            await reader.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await engine.DisposeAsync();
        foreach ((_, Task<object> result) in _pending)
            await result.ContinueWith(_ => { }, TaskScheduler.Default);
    }

    /// <summary>The line as it is to be answered; null when that was done before.</summary>
    private RequestLine? Check(RequestLine line)
    {
        if (line.Id is not { } id)
            return line;
        if (!_seen.Add(id))
            return line with { Request = null, Error = new ErrorDetail("duplicate_id", "an earlier line has the same id. Give every request an id of its own.") };
        if (!sink.Holds(id))
            return line;
        AlreadyAnswered++;
        return null;
    }

    /// <summary>Starts a request, when there is room for it.</summary>
    /// <returns>False when an error ends the run.</returns>
    private async Task<bool> StartAsync(RequestLine line, ProgressLine progress, CancellationToken cancellationToken)
    {
        _pending.Enqueue((line, AnswerAsync(line, cancellationToken)));
        // As many again wait behind those that are answered, so that none has to wait for the next line to be read.
        return await WriteDownToAsync(concurrency == 1 ? 0 : 2 * concurrency, progress);
    }

    /// <summary>Writes what is answered, in order, until at most so many lines wait for their answer.</summary>
    /// <returns>False when an error ends the run.</returns>
    private async Task<bool> WriteDownToAsync(int most, ProgressLine progress)
    {
        while (_pending.TryPeek(out (RequestLine Line, Task<object> Result) first) && (_pending.Count > most || first.Result.IsCompleted))
        {
            object result = await first.Result;
            _pending.Dequeue();
            if (result is TaskAnswer answer)
            {
                Answered++;
                Write(first.Line.Request!, answer);
            }
            else
            {
                Failed++;
                Write(new ErrorRecord { Id = first.Line.Id, Task = first.Line.Task, Error = (ErrorDetail)result }, UnimedJson.Lines.ErrorRecord);
            }

            progress.Show(Answered, Failed);
            if (Failed > 0 && !continueOnError)
                return false;
        }

        // Studies that running questions need stay until these have ended.
        studies.Trim();
        return true;
    }

    /// <summary>A TaskAnswer or an ErrorDetail.</summary>
    private async Task<object> AnswerAsync(RequestLine line, CancellationToken cancellationToken)
    {
        if (line.Request is not { } request)
            return line.Error!;
        try
        {
            Study[] images = [.. request.Images.Select(studies.Open)];
            var options = new RequestOptions { Generation = request.Generation, IncludeRouting = true, IncludeTimings = true };
            return await engine.AskAsync(request.Asked, images, options, cancellationToken);
        }
        catch (ImageException error)
        {
            return new ErrorDetail("image", OptionNames.AsMembers(error.Message));
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return Describe(error);
        }
    }

    /// <summary>What has no reason is a fault of the program; one request's fault must not end the others.</summary>
    private static ErrorDetail Describe(Exception error) => error is UniMedException { Reason: not UniMedFailure.Internal }
        ? new ErrorDetail("model", OptionNames.AsMembers(error.Message))
        : new ErrorDetail("internal", $"unexpected {error.GetType().Name}: {error.Message} This is a fault in unimed: please report it with the request.");

    private void Write(ModelRequest request, TaskAnswer answer)
    {
        if (request.Task != UniMedTask.Refer)
        {
            Write(new AnswerRecord(request.Task, answer) { Id = request.Id }, UnimedJson.Lines.AnswerRecord);
            return;
        }

        BoxRecord? box = answer is LocateAnswer { Percent: { } percent, Pixels: { } pixels } ? BoxRecord.From(percent, pixels) : null;
        Write(new LocateRecord(answer, box) { Id = request.Id }, UnimedJson.Lines.LocateRecord);
    }

    private void Write<T>(T record, JsonTypeInfo<T> type) => sink.Write(JsonSerializer.SerializeToUtf8Bytes(record, type));
}
