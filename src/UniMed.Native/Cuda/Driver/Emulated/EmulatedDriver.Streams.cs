using System.Diagnostics;

namespace UniMed.Native.Cuda.Emulated;

/// <content>Streams, events, launches, graphs.</content>
internal sealed unsafe partial class EmulatedDriver
{
    public CudaStream CreateStream()
    {
        lock (_gate)
        {
            Enter("cuStreamCreate");
            nint handle = NewHandle();
            _streams.Add(handle, new EmulatedStream());
            return new CudaStream(handle);
        }
    }

    public void DestroyStream(CudaStream stream)
    {
        lock (_gate)
        {
            EmulatedStream ending = Find(_streams, stream.Handle, "cuStreamDestroy");
            _streams.Remove(stream.Handle);
            if (ending.Capture is null)
                Run(ending);
        }
    }

    public void Synchronize(CudaStream stream)
    {
        lock (_gate)
        {
            EmulatedStream waited = Find(_streams, stream.Handle, "cuStreamSynchronize");
            Enter("cuStreamSynchronize", breaksCapture: true);
            Run(waited);
        }
    }

    public void Wait(CudaStream stream, CudaEvent what)
    {
        lock (_gate)
        {
            EmulatedStream waiting = Find(_streams, stream.Handle, "cuStreamWaitEvent");
            EmulatedEvent awaited = Find(_events, what.Handle, "cuStreamWaitEvent");
            if (awaited.Capture != waiting.Capture)
            {
                if (waiting.Capture is { } capture)
                    capture.BrokenBy ??= "cuStreamWaitEvent";
                throw Error("cuStreamWaitEvent", CudaStatus.StreamCaptureIsolation, "the wait would tie captured work to work outside of the capture, or a second stream into it");
            }

            if (!awaited.Happened && waiting.Capture is null)
                Add("cuStreamWaitEvent", stream, new Command { Kind = CommandKind.Wait, Stream = awaited.Stream, Position = awaited.Position });
        }
    }

    public CudaEvent CreateEvent(bool timed)
    {
        lock (_gate)
        {
            Enter("cuEventCreate");
            nint handle = NewHandle();
            _events.Add(handle, new EmulatedEvent(timed));
            return new CudaEvent(handle);
        }
    }

    public void DestroyEvent(CudaEvent what)
    {
        lock (_gate)
        {
            Find(_events, what.Handle, "cuEventDestroy");
            _events.Remove(what.Handle);
        }
    }

    public void Record(CudaEvent what, CudaStream stream)
    {
        lock (_gate)
        {
            EmulatedEvent recorded = Find(_events, what.Handle, "cuEventRecord");
            EmulatedStream of = Find(_streams, stream.Handle, "cuEventRecord");
            recorded.Capture = of.Capture;
            // In a capture a recording is a dependency and no work.
            if (of.Capture is not null)
                return;
            recorded.Stream = of;
            recorded.Position = of.End;
            Add("cuEventRecord", stream, new Command { Kind = CommandKind.Record, Event = recorded, Stream = of, Position = of.End });
        }
    }

    public void Synchronize(CudaEvent what)
    {
        lock (_gate)
        {
            EmulatedEvent awaited = FindUncaptured(what, "cuEventSynchronize");
            if (!awaited.Happened)
                RunUntil(awaited.Stream!, awaited.Position);
        }
    }

    public bool IsDone(CudaEvent what)
    {
        lock (_gate)
        {
            EmulatedEvent asked = FindUncaptured(what, "cuEventQuery");
            if (asked.Happened)
                return true;
            // A caller that asks until it is told yes must come to an end: the work runs, and the next question hears of it.
            RunUntil(asked.Stream!, asked.Position);
            return false;
        }
    }

    public float GetElapsedMilliseconds(CudaEvent start, CudaEvent end)
    {
        lock (_gate)
        {
            EmulatedEvent first = FindUncaptured(start, "cuEventElapsedTime");
            EmulatedEvent last = FindUncaptured(end, "cuEventElapsedTime");
            if (!first.Timed || !last.Timed || first.Stream is null || last.Stream is null)
                throw Error("cuEventElapsedTime", CudaStatus.InvalidHandle, "an event was created without timing, or never recorded");
            if (!first.Happened || !last.Happened)
                throw Error("cuEventElapsedTime", CudaStatus.NotReady, "an event has not happened yet");
            return (float)Stopwatch.GetElapsedTime(first.Time, last.Time).TotalMilliseconds;
        }
    }

    public void Launch(CudaFunction function, in CudaLaunchShape shape, CudaStream stream, ReadOnlySpan<byte> arguments, ReadOnlySpan<int> offsets)
    {
        lock (_gate)
        {
            EmulatedStream into = Find(_streams, stream.Handle, "cuLaunchKernelEx");
            EmulatedKernel kernel = Kernel(function, "cuLaunchKernelEx");
            if (shape.IsImpossible || shape.SharedBytes > kernel.MaxDynamicSharedBytes)
                throw Error($"cuLaunchKernelEx of {kernel.Name}", CudaStatus.InvalidValue, $"{shape}: no card takes this, or more shared memory than the {kernel.MaxDynamicSharedBytes} bytes the kernel was prepared for");
            Target(into).AddLaunch(function.Handle, shape, arguments, offsets);
            RunWhenFull(into);
        }
    }

    public void BeginCapture(CudaStream stream)
    {
        lock (_gate)
        {
            EmulatedStream captured = Find(_streams, stream.Handle, "cuStreamBeginCapture");
            if (captured.Capture is not null)
                throw Error("cuStreamBeginCapture", CudaStatus.StreamCaptureUnsupported, "the stream is being captured already");
            captured.Capture = new Capture(Environment.CurrentManagedThreadId);
        }
    }

    public bool IsCapturing(CudaStream stream)
    {
        lock (_gate)
            return Find(_streams, stream.Handle, "cuStreamIsCapturing").Capture is not null;
    }

    public CudaGraph EndCapture(CudaStream stream)
    {
        lock (_gate)
        {
            EmulatedStream captured = Find(_streams, stream.Handle, "cuStreamEndCapture");
            if (captured.Capture is not { } capture)
                throw Error("cuStreamEndCapture", CudaStatus.StreamCaptureUnmatched, "the stream is not being captured");
            if (capture.Thread != Environment.CurrentManagedThreadId)
                throw Error("cuStreamEndCapture", CudaStatus.StreamCaptureWrongThread, "another thread began this capture");
            captured.Capture = null;
            if (capture.BrokenBy is { } call)
                throw Error("cuStreamEndCapture", CudaStatus.StreamCaptureInvalidated, $"{call} was called during the capture");
            nint handle = NewHandle();
            _graphs.Add(handle, capture.Commands);
            return new CudaGraph(handle);
        }
    }

    public CudaExecutableGraph Instantiate(CudaGraph graph)
    {
        lock (_gate)
        {
            CommandList commands = Find(_graphs, graph.Handle, "cuGraphInstantiate");
            nint handle = NewHandle();
            _executables.Add(handle, commands);
            return new CudaExecutableGraph(handle);
        }
    }

    public void Launch(CudaExecutableGraph graph, CudaStream stream)
    {
        lock (_gate)
        {
            CommandList commands = Find(_executables, graph.Handle, "cuGraphLaunch");
            Add("cuGraphLaunch", stream, new Command { Kind = CommandKind.Graph, Graph = commands });
        }
    }

    public void DestroyGraph(CudaGraph graph)
    {
        lock (_gate)
        {
            Find(_graphs, graph.Handle, "cuGraphDestroy");
            _graphs.Remove(graph.Handle);
        }
    }

    public void DestroyGraph(CudaExecutableGraph graph)
    {
        lock (_gate)
        {
            Find(_executables, graph.Handle, "cuGraphExecDestroy");
            _executables.Remove(graph.Handle);
        }
    }

    private T Find<T>(Dictionary<nint, T> among, nint handle, string operation)
    {
        Enter(operation);
        return among.TryGetValue(handle, out T? found)
            ? found
            : throw Error(operation, CudaStatus.InvalidHandle, $"handle {handle} was destroyed, or never was one of this device");
    }

    private EmulatedEvent FindUncaptured(CudaEvent what, string operation)
    {
        EmulatedEvent found = Find(_events, what.Handle, operation);
        if (found.Capture is null)
            return found;
        found.Capture.BrokenBy ??= operation;
        throw Error(operation, CudaStatus.CapturedEvent, "the event was last recorded in a capture");
    }
}
