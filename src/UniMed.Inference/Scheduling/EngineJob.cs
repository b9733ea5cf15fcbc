using System.Diagnostics;
using UniMed.Inference.Generation;
using UniMed.Inference.Language;
using UniMed.Inference.Tasks;
using UniMed.Native;

namespace UniMed.Inference.Scheduling;

/// <summary>One request of the engine, from the queue to its reply.</summary>
/// <remarks>Made by the caller's thread, then the engine's alone.</remarks>
internal sealed class EngineJob
{
    private readonly TaskCompletionSource<Reply> _result = new();
    private readonly long _deadline;
    private readonly Activity? _activity;

    public EngineJob(long number, string prompt, IReadOnlyList<MedicalImage> images, UniMedTask task, RequestOptions options, AnswerCancellation cancellation)
    {
        Number = number;
        Prompt = prompt;
        Images = images;
        Task = task;
        TaskName = task.Name();
        Options = options;
        Cancellation = cancellation.Token;
        CallersToken = cancellation.CallersToken;
        Submitted = Stopwatch.GetTimestamp();
        _activity = HostListeners.Start(EngineTelemetry.Activities, "unimed.request");
        _activity?.SetTag("unimed.request", number);
        _activity?.SetTag("unimed.task", TaskName);
        _activity?.SetTag("unimed.images", images.Count);
        _deadline = options.Deadline is { } time && time != Timeout.InfiniteTimeSpan ? After(Submitted, time) : long.MaxValue;
    }

    /// <summary>Its number in logs and traces: the engine's first is 1.</summary>
    public long Number { get; }

    public string Prompt { get; }

    public IReadOnlyList<MedicalImage> Images { get; }

    public UniMedTask Task { get; }

    /// <summary>The task in logs, meters and traces; taken when the request is made, so that one that does not exist is refused at the call.</summary>
    public string TaskName { get; }

    public RequestOptions Options { get; }

    /// <summary>Receives each token; set before the request is queued.</summary>
    public Action<GeneratedToken>? OnToken { get; set; }

    /// <summary>Cancelled by the caller, or when nobody waits for the answer any more.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>The token the caller gave.</summary>
    public CancellationToken CallersToken { get; }

    /// <summary>When it was asked for.</summary>
    public long Submitted { get; }

    /// <summary>Its answer.</summary>
    public Task<Reply> Result => _result.Task;

    /// <summary>True when it has its reply, or ended without one.</summary>
    public bool Ended => _result.Task.IsCompleted;

    /// <summary>True when its time is over.</summary>
    public bool IsLate => Stopwatch.GetTimestamp() > _deadline;

    /// <summary>Its prompt as ids and cache keys; set when the engine first looks at it.</summary>
    public EnginePrompt? Input { get; set; }

    /// <summary>Blocks it may still take; set when it is admitted.</summary>
    public PromisedBlocks? Blocks { get; set; }

    /// <summary>Its prompt's place in the cache, and behind it, without beams, its answer's; set when it is admitted.</summary>
    public KvSequence? Cache { get; set; }

    /// <summary>What it said so far; set when it is admitted, null with beams.</summary>
    public SequenceState? State { get; set; }

    /// <summary>Its beams; set when it is admitted, null without.</summary>
    public BeamProgress? Beams { get; set; }

    /// <summary>Rows of it in a step of the answer.</summary>
    public int Rows => Options.Generation.NumBeams;

    /// <summary>Opened images, where it is about such; empty otherwise. They keep what is computed of them.</summary>
    public IReadOnlyList<IOpenedImage> Opened { get; init; } = [];

    /// <summary>Uses of its images' visual tokens; empty until they are encoded, or when the cache holds their positions.</summary>
    public List<VisualCache.Lease> VisualLeases { get; } = [];

    /// <summary>Visual tokens of all its images side by side; null without, or with one image, whose own are used.</summary>
    public DeviceBuffer? Joined { get; set; }

    /// <summary>What the rest of its prompt embeds; null when there are no visual tokens in it.</summary>
    public Tensor? VisualTokens { get; set; }

    /// <summary>True when the rest of its prompt may be computed: its images are encoded, or not needed.</summary>
    public bool IsEncoded { get; set; }

    /// <summary>Prompt blocks whose keys are published or were found.</summary>
    public int PublishedBlocks { get; set; }

    /// <summary>When its prompt began to be computed: it is admitted and its images are encoded.</summary>
    public long Started { get; set; }

    /// <summary>When its first token was chosen.</summary>
    public long FirstToken { get; set; }

    /// <summary>Tokens that were chosen.</summary>
    public int TokensChosen { get; set; }

    public double VisionMilliseconds { get; set; }

    public double ConnectorMilliseconds { get; set; }

    /// <summary>Labels to score beside the answer; null for none. Set before the request is queued.</summary>
    public LabelScoring? Labels { get; init; }

    /// <summary>Prompt positions that are not cached yet.</summary>
    public int RemainingPrompt => Input!.Ids.Length - Cache!.Length;

    /// <summary>True while its prompt is not cached as a whole.</summary>
    public bool IsPrefilling => Cache!.Length < Input!.Ids.Length;

    /// <summary>True when its answer is complete; labels may be left.</summary>
    public bool IsAnswered => State is { Finished: not null } || Beams is { IsDone: true };

    public void Complete(Reply reply) => _result.TrySetResult(reply);

    public void Fail(Exception error) => _result.TrySetException(error);

    public void Cancel(CancellationToken token) => _result.TrySetCanceled(token);

    /// <summary>Ends it before it was queued.</summary>
    public void Refuse(Exception error)
    {
        Stop(EngineOutcome.Failed, error);
        // Nobody has its answer: an error would be one that nobody looks at.
        _result.TrySetCanceled();
    }

    /// <summary>Ends its activity.</summary>
    public void Stop(EngineOutcome outcome, Exception? error)
    {
        if (_activity is null)
            return;
        _activity.SetTag("unimed.prompt_tokens", Input?.Ids.Length ?? 0);
        _activity.SetTag("unimed.new_tokens", TokensChosen);
        _activity.SetTag("unimed.outcome", EngineCounters.NameOf(outcome));
        if (outcome == EngineOutcome.Failed)
        {
            // Not the message: it may quote the caller's text or name a file.
            _activity.SetTag("error.type", error?.GetType().FullName);
            _activity.SetTag("unimed.reason", UniMedException.ReasonOf(error)?.ToString());
            _activity.SetStatus(ActivityStatusCode.Error);
        }

        HostListeners.Stop(_activity);
    }

    /// <summary>A time stamp, as far away as there are time stamps.</summary>
    private static long After(long start, TimeSpan time)
    {
        double ticks = time.TotalSeconds * Stopwatch.Frequency;
        return ticks < long.MaxValue - start ? start + (long)ticks : long.MaxValue;
    }

    /// <summary>Gives everything back that it held.</summary>
    public void Release()
    {
        Labels?.Release();
        Beams?.Release();
        Cache?.Release();
        Blocks?.Dispose();
        Blocks = null;
        Joined?.Dispose();
        Joined = null;
        foreach (VisualCache.Lease lease in VisualLeases)
            lease.Dispose();
        VisualLeases.Clear();
        VisualTokens = null;
    }
}
