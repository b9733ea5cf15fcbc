using System.Collections.Concurrent;

namespace UniMed.Native.Cuda;

/// <summary>Steps: operations that are written down and started together, as a graph when they come again.</summary>
internal sealed partial class CudaDevice
{
    [ThreadStatic]
    private static CudaStep? _running;

    private readonly CudaStream _recordingStream;
    private readonly Lock _recordingGate = new();
    private readonly ConcurrentQueue<CudaStep> _leftSteps = new();

    /// <summary>The step whose operations this thread asks for; null outside of one.</summary>
    private CudaStep? Step => _running is { } step && ReferenceEquals(step.Device, this) ? step : null;

    /// <inheritdoc/>
    protected override DeviceStep CreateStepCore()
    {
        GiveBackLeftSteps();
        return new CudaStep(this);
    }

    /// <summary>Operations that this thread asks for belong to the step until the result is disposed.</summary>
    public RunningStep Enter(CudaStep step)
    {
        if (_running is not null)
            throw new InvalidOperationException("A step was asked for inside a step.");
        _running = step;
        return default;
    }

    /// <summary>Waits for everything that was started.</summary>
    public void Wait() => _driver.Synchronize(_stream);

    /// <summary>Page-locked memory, for a step to write.</summary>
    public PinnedMemory AllocateHost(int bytes) => _driver.AllocateHost(bytes);

    /// <summary>Gives it back, after what was started has ended.</summary>
    public void FreeHost(PinnedMemory memory)
    {
        // A closed or lost device has given back everything itself.
        if (IsDisposed || _driver.Fault is not null)
            return;
        try
        {
            _driver.Synchronize(_stream);
            _driver.FreeHost(memory);
        }
        catch (CudaException error) when (error.IsDeviceLost)
        {
            // The work that failed is not this caller's; the device keeps the error for the next call that wants a result.
        }
    }

    /// <summary>Starts launches one by one.</summary>
    public void Play(LaunchLog log) => log.Play(_driver, _stream);

    /// <summary>Starts a graph.</summary>
    public void Play(CudaExecutableGraph graph) => _driver.Launch(graph, _stream);

    /// <summary>Makes a graph of launches. They are captured in a stream of their own, since other threads launch into the device's.</summary>
    public CudaExecutableGraph Record(LaunchLog log)
    {
        lock (_recordingGate)
            return log.Capture(_driver, _recordingStream);
    }

    /// <summary>Ends a graph, after what was started of it has ended.</summary>
    public void Forget(CudaExecutableGraph graph)
    {
        // A closed or lost device has ended its graphs itself.
        if (IsDisposed || _driver.Fault is not null)
            return;
        try
        {
            _driver.Synchronize(_stream);
            _driver.DestroyGraph(graph);
        }
        catch (CudaException error) when (error.IsDeviceLost)
        {
            // The work that failed is not this caller's; the device keeps the error for the next call that wants a result.
        }
    }

    /// <summary>Takes over a step that nobody disposed, from its finalizer: the next thread that asks for memory or a step gives back what it held.</summary>
    public void LeaveToOthers(CudaStep step) => _leftSteps.Enqueue(step);

    private void GiveBackLeftSteps()
    {
        while (_leftSteps.TryDequeue(out CudaStep? step))
            step.GiveBackAll();
    }

    private void Run(in CudaLaunch launch)
    {
        if (Step is { } step)
            launch.Record(step.Log);
        else
            launch.Run(_stream);
    }

    private void RequireNoStep(string operation)
    {
        if (Step is not null)
            throw new InvalidOperationException($"{operation} inside a step: its operations have not been started yet. Call it before or after the step.");
    }

    /// <summary>Ends the stay of a thread in a step.</summary>
    public readonly ref struct RunningStep
    {
        public void Dispose() => _running = null;
    }
}
