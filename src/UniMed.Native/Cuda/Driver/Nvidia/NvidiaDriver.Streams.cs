namespace UniMed.Native.Cuda.Nvidia;

/// <content>Streams, events, graphs.</content>
internal sealed unsafe partial class NvidiaDriver
{
    // CU_STREAM_NON_BLOCKING, CU_EVENT_DISABLE_TIMING, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL.
    private const uint NonBlockingStream = 1;
    private const uint UntimedEvent = 2;
    private const int ThreadLocalCapture = 1;

    public CudaStream CreateStream()
    {
        using Current current = Enter("cuStreamCreate");
        nint stream;
        Check(_cuda.cuStreamCreate(&stream, NonBlockingStream), "cuStreamCreate");
        _open.Add(HandleKind.Stream, stream);
        return new CudaStream(stream);
    }

    public void DestroyStream(CudaStream stream)
    {
        using Current current = Enter("cuStreamDestroy");
        _open.Remove(HandleKind.Stream, stream.Handle);
        Check(_cuda.cuStreamDestroy(stream.Handle), "cuStreamDestroy");
    }

    public void Synchronize(CudaStream stream)
    {
        using Current current = Enter("cuStreamSynchronize");
        Check(_cuda.cuStreamSynchronize(stream.Handle), "cuStreamSynchronize");
    }

    public void Wait(CudaStream stream, CudaEvent what)
    {
        using Current current = Enter("cuStreamWaitEvent");
        Check(_cuda.cuStreamWaitEvent(stream.Handle, what.Handle, 0), "cuStreamWaitEvent");
    }

    public CudaEvent CreateEvent(bool timed)
    {
        using Current current = Enter("cuEventCreate");
        nint created;
        Check(_cuda.cuEventCreate(&created, timed ? 0 : UntimedEvent), "cuEventCreate");
        _open.Add(HandleKind.Event, created);
        return new CudaEvent(created);
    }

    public void DestroyEvent(CudaEvent what)
    {
        using Current current = Enter("cuEventDestroy");
        _open.Remove(HandleKind.Event, what.Handle);
        Check(_cuda.cuEventDestroy(what.Handle), "cuEventDestroy");
    }

    public void Record(CudaEvent what, CudaStream stream)
    {
        using Current current = Enter("cuEventRecord");
        Check(_cuda.cuEventRecord(what.Handle, stream.Handle), "cuEventRecord");
    }

    public void Synchronize(CudaEvent what)
    {
        using Current current = Enter("cuEventSynchronize");
        Check(_cuda.cuEventSynchronize(what.Handle), "cuEventSynchronize");
    }

    public bool IsDone(CudaEvent what)
    {
        using Current current = Enter("cuEventQuery");
        CudaStatus status = _cuda.cuEventQuery(what.Handle);
        if (status == CudaStatus.NotReady)
            return false;
        Check(status, "cuEventQuery");
        return true;
    }

    public float GetElapsedMilliseconds(CudaEvent start, CudaEvent end)
    {
        using Current current = Enter("cuEventElapsedTime");
        float milliseconds;
        Check(_cuda.cuEventElapsedTime(&milliseconds, start.Handle, end.Handle), "cuEventElapsedTime");
        return milliseconds;
    }

    public void BeginCapture(CudaStream stream)
    {
        using Current current = Enter("cuStreamBeginCapture");
        Check(_cuda.cuStreamBeginCapture(stream.Handle, ThreadLocalCapture), "cuStreamBeginCapture");
    }

    public bool IsCapturing(CudaStream stream)
    {
        using Current current = Enter("cuStreamIsCapturing");
        int captureStatus;
        Check(_cuda.cuStreamIsCapturing(stream.Handle, &captureStatus), "cuStreamIsCapturing");
        return captureStatus != 0;
    }

    public CudaGraph EndCapture(CudaStream stream)
    {
        using Current current = Enter("cuStreamEndCapture");
        nint graph;
        Check(_cuda.cuStreamEndCapture(stream.Handle, &graph), "cuStreamEndCapture");
        _open.Add(HandleKind.Graph, graph);
        return new CudaGraph(graph);
    }

    public CudaExecutableGraph Instantiate(CudaGraph graph)
    {
        using Current current = Enter("cuGraphInstantiate");
        nint executable;
        Check(_cuda.cuGraphInstantiateWithFlags(&executable, graph.Handle, 0), "cuGraphInstantiate");
        _open.Add(HandleKind.ExecutableGraph, executable);
        return new CudaExecutableGraph(executable);
    }

    public void Launch(CudaExecutableGraph graph, CudaStream stream)
    {
        using Current current = Enter("cuGraphLaunch");
        Check(_cuda.cuGraphLaunch(graph.Handle, stream.Handle), "cuGraphLaunch");
    }

    public void DestroyGraph(CudaGraph graph)
    {
        using Current current = Enter("cuGraphDestroy");
        _open.Remove(HandleKind.Graph, graph.Handle);
        Check(_cuda.cuGraphDestroy(graph.Handle), "cuGraphDestroy");
    }

    public void DestroyGraph(CudaExecutableGraph graph)
    {
        using Current current = Enter("cuGraphExecDestroy");
        _open.Remove(HandleKind.ExecutableGraph, graph.Handle);
        Check(_cuda.cuGraphExecDestroy(graph.Handle), "cuGraphExecDestroy");
    }
}
