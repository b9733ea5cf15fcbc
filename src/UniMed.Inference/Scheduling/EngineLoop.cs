using System.Diagnostics;
using UniMed.Inference.Generation;
using UniMed.Inference.Language;
using UniMed.Inference.Model;

namespace UniMed.Inference.Scheduling;

/// <summary>
/// The scheduler's thread. Each round it lets go of what ended, admits what fits, has waiting images encoded, and runs one pass of the language model in which every answering request
/// gets a token and prompts advance by a chunk. Requests join and leave between passes.
/// </summary>
internal sealed partial class EngineLoop : IDisposable
{
    /// <summary>Device errors in a row after which the engine gives up.</summary>
    public const int MaxFaults = 3;

    /// <summary>How long a request for which nobody here frees blocks waits until it is looked at again: an engine that ends gives the model's back.</summary>
    private static readonly TimeSpan Blocked = TimeSpan.FromMilliseconds(50);

    private readonly ModelAssembly _model;
    private readonly EngineOptions _options;
    private readonly EngineQueue _queue;
    private readonly EngineCounters _counters;
    private readonly EngineLog _log;
    private readonly KvShare _share;
    private readonly PrefixCache _prefixes;
    private readonly VisualCache _visual;
    private readonly LanguagePass _mixed;
    private readonly List<EngineJob> _running = [];
    private readonly CancellationToken _stop;
    private readonly string _afterFaults;
    private int _faults;
    private int _runningCount;
    private int _availableBlocks;
    private Exception? _brokenBy;

    /// <summary>Takes over its share of the cache.</summary>
    public EngineLoop(ModelAssembly model, EngineOptions options, EngineQueue queue, EngineCounters counters, EngineLog log, KvShare share, VisualCache visual, string afterFaults, CancellationToken stop)
    {
        _model = model;
        // No pass can have more: prompts that are computed lie in its blocks.
        _options = options with { MaxPrefillRows = (int)Math.Min(options.MaxPrefillRows, (long)share.Max * model.Cache.Cache.BlockSize) };
        _queue = queue;
        _counters = counters;
        _log = log;
        _share = share;
        _stop = stop;
        _afterFaults = afterFaults;
        _prefixes = new PrefixCache(share.Blocks);
        _availableBlocks = share.Blocks.Count;
        _visual = visual;
        // One request may have more beams than there are rows for several.
        int answering = Math.Max(options.MaxRunningRequests, GenerationOptions.MaxBeams);
        _inputs = new SequenceInput[answering + MaxLabelRows];
        _labelRow = new float[model.Language.LogitColumns];
        _tokens = new int[options.MaxRunningRequests];
        _choice = new TokenChoice(model.Device, options.MaxRunningRequests);
        _askInStep = AskInStep;
        _choosingStates = new SequenceState[options.MaxRunningRequests];
        _mixed = new LanguagePass(model.Device, model.Language, model.Cache.Cache, answering + _options.MaxPrefillRows + MaxLabelRows, answering + MaxLabelRows);
    }

    /// <summary>Requests that are being answered.</summary>
    public int Running => Volatile.Read(ref _runningCount);

    /// <summary>Device memory of kept features and visual tokens.</summary>
    public long VisualBytes => _visual.Bytes;

    /// <summary>Blocks that a new request could be given.</summary>
    public int AvailableBlocks => Volatile.Read(ref _availableBlocks);

    /// <summary>Blocks of the engine.</summary>
    public int Blocks => _prefixes.Blocks;

    /// <summary>The error after which the engine takes no more requests; null while it works.</summary>
    public Exception? BrokenBy => Volatile.Read(ref _brokenBy);

    /// <summary>Runs until the queue is closed and empty, or the engine is stopped.</summary>
    public void Run()
    {
        while (!_stop.IsCancellationRequested && !(_queue.IsClosed && _queue.Count == 0 && _running.Count == 0))
        {
            if (!Round())
                _queue.Wait(_queue.Count == 0 && _running.Count == 0 ? Timeout.InfiniteTimeSpan : Blocked);
            Publish();
        }

        EndAll(new OperationCanceledException("The engine was disposed before the request was answered."));
        Publish();
    }

    public void Dispose()
    {
        _mixed.Dispose();
        _share.Dispose();
    }

    private void End(EngineJob job, Exception? error)
    {
        job.Release();
        EngineOutcome outcome = error switch
        {
            null => EngineOutcome.Completed,
            OperationCanceledException => EngineOutcome.Cancelled,
            _ => EngineOutcome.Failed,
        };
        _counters.AddEnd(job, outcome);
        job.Stop(outcome, error);
        Report(job, outcome, error);
        _queue.CountEnd();
        switch (error)
        {
            case OperationCanceledException:
                job.Cancel(job.CallersToken.IsCancellationRequested ? job.CallersToken : new CancellationToken(canceled: true));
                break;
            case not null:
                job.Fail(error);
                break;
        }
    }

    private void Report(EngineJob job, EngineOutcome outcome, Exception? error)
    {
        string task = job.TaskName;
        switch (outcome)
        {
            case EngineOutcome.Completed:
                _log.RequestCompleted(job.Number, task, job.TokensChosen, Since(job.Submitted));
                break;
            case EngineOutcome.Cancelled:
                _log.RequestCancelled(job.Number, task, job.TokensChosen);
                break;
            case EngineOutcome.Failed when job.Input is null:
                _log.RequestRejected(job.Number, task, job.Images.Count, UniMedException.NameOf(error!));
                break;
            case EngineOutcome.Failed:
                _log.RequestFailed(job.Number, task, job.TokensChosen, UniMedException.NameOf(error!));
                break;
        }
    }

    /// <summary>One round; false when there was nothing to do.</summary>
    private bool Round()
    {
        try
        {
            DropEnded();
            Admit();
            bool encoded = EncodeImages();
            bool passed = Pass();
            if (_faults > 0 && (encoded || passed))
            {
                _log.DeviceRecovered(_model.Device.Info.Name, _faults);
                _faults = 0;
            }

            return encoded || passed;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Recover(error);
            return true;
        }
        catch (OperationCanceledException)
        {
            // Whoever was cancelled is let go of at the beginning of the next round.
            return true;
        }
    }

    private void DropEnded()
    {
        foreach (EngineJob job in _queue.Snapshot())
        {
            if (Reason(job) is { } reason)
            {
                _queue.Remove(job);
                End(job, reason);
            }
        }

        for (int i = _running.Count - 1; i >= 0; i--)
        {
            if (Reason(_running[i]) is { } reason)
                Leave(_running[i], reason);
        }
    }

    private static Exception? Reason(EngineJob job)
    {
        if (job.Cancellation.IsCancellationRequested)
            return new OperationCanceledException(job.Cancellation);
        return job.IsLate
            ? new UniMedException(UniMedFailure.DeadlineExceeded, $"The answer was not finished {job.Options.Deadline!.Value.TotalSeconds:0.###} s after it was asked for: its deadline is over.")
            : null;
    }

    /// <summary>Lets a running request go, with an error or for its reply.</summary>
    private void Leave(EngineJob job, Exception? error)
    {
        if (!_running.Remove(job))
            return;
        HostListeners.Add(EngineTelemetry.Running, -1);
        End(job, error);
    }

    /// <summary>The device failed: what ran is lost, what waits is tried again, and after some failures in a row the engine says that it cannot.</summary>
    private void Recover(Exception error)
    {
        _faults++;
        _log.DeviceFailed(error, _model.Device.Info.Name, _faults, MaxFaults, _running.Count, _queue.Count);
        if (_faults == MaxFaults)
            _log.GaveUp(error, _model.Device.Info.Name, _faults);
        var lost = new UniMedException(UniMedFailure.DeviceFailed, $"The device failed while the request was being answered: {error.Message} Ask again; when it happens again, the device or the model's files need attention.", error);
        for (int i = _running.Count - 1; i >= 0; i--)
            Leave(_running[i], lost);
        // What the failed work was to write is unknown.
        _prefixes.Forget();
        _visual.Forget();
        if (_faults < MaxFaults)
            return;
        Volatile.Write(ref _brokenBy, error);
        _queue.Close();
        EndAll(new UniMedException(UniMedFailure.DeviceFailed, $"The engine gave up after {MaxFaults} device errors in a row, the last one: {error.Message} {_afterFaults}", error));
    }

    private void EndAll(Exception reason)
    {
        for (int i = _running.Count - 1; i >= 0; i--)
            Leave(_running[i], reason);
        foreach (EngineJob job in _queue.Snapshot())
        {
            _queue.Remove(job);
            End(job, reason);
        }
    }

    private void Publish()
    {
        Volatile.Write(ref _runningCount, _running.Count);
        Volatile.Write(ref _availableBlocks, _prefixes.Available);
    }

    private static double Since(long started) => Stopwatch.GetElapsedTime(started).TotalMilliseconds;
}
