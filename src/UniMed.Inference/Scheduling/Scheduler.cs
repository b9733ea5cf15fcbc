using UniMed.Inference.Language;
using UniMed.Inference.Model;
using UniMed.Native.Cuda;

namespace UniMed.Inference.Scheduling;

/// <summary>What drives every question, of a model's own callers and of an engine's: a queue, and one thread that runs the passes.</summary>
/// <remarks>Thread-safe. Idle it waits without running.</remarks>
internal sealed class Scheduler : IDisposable, IAsyncDisposable
{
    private readonly EngineQueue _queue;
    private readonly EngineCounters _counters = new();
    private readonly EngineLog _log;
    private readonly EngineLoop _loop;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _ended;

    /// <summary>Starts it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Limits.</param>
    /// <param name="log">Where it reports.</param>
    /// <param name="share">Its cache blocks; taken over.</param>
    /// <param name="visual">Where features and visual tokens are kept.</param>
    /// <param name="afterFaults">What a caller is to do after it gave up.</param>
    /// <exception cref="UniMedException">There is no memory for its passes, or the device failed.</exception>
    public Scheduler(ModelAssembly model, EngineOptions options, EngineLog log, KvShare share, VisualCache visual, string afterFaults)
    {
        _log = log;
        _queue = new EngineQueue(options.MaxQueuedRequests, log);
        try
        {
            _loop = new EngineLoop(model, options, _queue, _counters, log, share, visual, afterFaults, _stop.Token);
        }
        catch (Exception error)
        {
            share.Dispose();
            _queue.Dispose();
            _stop.Dispose();
            if (error is OutOfMemoryException)
                throw new UniMedException(UniMedFailure.OutOfMemory, $"There is no memory for passes of {options.MaxPrefillRows} prompt rows. Create the engine with a smaller MaxPrefillRows, or load the model with a smaller KvCacheTokens.", error);
            if (error is CudaException)
                throw new UniMedException(UniMedFailure.DeviceFailed, $"The device failed when memory for passes was taken: {error.Message} {afterFaults}", error);
            throw;
        }

        _ended = Task.Factory.StartNew(_loop.Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>What it did and what it holds.</summary>
    public EngineStatistics Statistics => _counters.Read(_queue.Count, _loop.Running, _loop.VisualBytes, _loop.AvailableBlocks, _loop.Blocks);

    /// <summary>The device's error after which it gave up; null while it works.</summary>
    public Exception? Failure => _loop.BrokenBy;

    /// <summary>True when every request has ended.</summary>
    public bool IsIdle => _queue.Unfinished == 0;

    /// <summary>Takes a request; false when it takes no more: it gave up (<see cref="Failure"/>), or was drained or disposed.</summary>
    /// <exception cref="EngineOverloadedException">The queue is full.</exception>
    public bool TrySubmit(EngineJob job) => _queue.TryAdd(job);

    /// <summary>Takes no more requests and waits until those it has are answered.</summary>
    public Task DrainAsync()
    {
        if (!_queue.IsClosed)
            _log.Draining(_queue.Count, _loop.Running);
        _queue.Close();
        return _ended;
    }

    /// <summary>As <see cref="DisposeAsync"/>, waiting for it.</summary>
    public void Dispose()
    {
        _queue.Close();
        _stop.Cancel();
        _ended.GetAwaiter().GetResult();
        Release();
    }

    /// <summary>Cancels what waits and runs, and gives everything back. Call one of the two once.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Close();
        await _stop.CancelAsync().ConfigureAwait(false);
        await _ended.ConfigureAwait(false);
        Release();
    }

    private void Release()
    {
        _loop.Dispose();
        _queue.Dispose();
        _stop.Dispose();
    }
}
