using UniMed.Native.Gpu;

namespace UniMed.Native.Cuda;

/// <summary>
/// Writes the launches of a step down, and starts them when all are there: one by one the first time, as one CUDA graph from the second time on. What differs from step to
/// step (ids, positions, block tables) is read from memory of the card; sizes that grow with a sequence do so in powers of two; so a decode step is the same launches until its
/// longest sequence doubles. A step that differs in a single byte of its arguments is another recording: a graph never runs with arguments that were not asked for.
/// </summary>
internal sealed class CudaStep : DeviceStep
{
    /// <summary>Recordings that are kept; the one not used for the longest time goes. A batch size needs one for each doubling of its sequences.</summary>
    public const int MaxRecordings = 64;

    private readonly Dictionary<long, Stack<CudaMemory>> _scratch = [];
    private readonly List<CudaRecording> _recordings = [];
    private readonly StepIntegers _integers;
    private readonly StepBatch _batch = new();
    private readonly StepTokens _tokens;
    private readonly CudaDevice _device;

    public CudaStep(CudaDevice device)
        : base(device)
    {
        _device = device;
        _integers = new StepIntegers(device);
        _tokens = new StepTokens(device);
    }

    ~CudaStep()
    {
        // A call of the driver may find another work's error, and a finalizer that throws ends the process: a thread that calls the device gives back what is here.
        if (!_device.IsDisposed)
            _device.LeaveToOthers(this);
    }

    /// <summary>Launches of the run under way.</summary>
    public LaunchLog Log { get; } = new();

    /// <summary>Recordings that are graphs.</summary>
    public int Graphs => _recordings.Count(recording => recording.Graph is not null);

    /// <summary>Runs that were one graph launch.</summary>
    public long GraphLaunches { get; private set; }

    /// <inheritdoc/>
    protected override void RunCore<TState>(TState state, Action<TState> operations)
    {
        do
        {
            Log.Clear();
            _integers.Clear();
            _batch.Clear();
            _tokens.Clear();
            using (_device.Enter(this))
                operations(state);
        }
        while (!_integers.TrySend());

        if (Log.Count > 0)
            Start();
        _tokens.Read();
    }

    /// <summary>Memory that lasts as long as the step and is used by one operation at a time: asked for in the same order it is the same memory.</summary>
    public CudaScratch Take(long bytes)
    {
        Stack<CudaMemory> free = Free(bytes);
        return new CudaScratch(free.TryPop(out CudaMemory? memory) ? memory : _device.Take(SizeClass.Of(bytes)), this);
    }

    /// <summary>Takes it back for the next operation.</summary>
    public void GiveBack(CudaMemory memory) => Free(memory.Bytes).Push(memory);

    /// <summary>Integers that kernels of this run read.</summary>
    public DevicePointer Place(ReadOnlySpan<int> values) => _integers.Add(values);

    /// <summary>Room for integers that kernels of this run read; the caller writes them.</summary>
    public DevicePointer Place(int count, out Span<int> values)
    {
        values = _integers.Reserve(count, out DevicePointer pointer);
        return pointer;
    }

    /// <summary>Chosen tokens come to the host as a part of the step, and to their place when it has run.</summary>
    public void Receive(DevicePointer tokens, Memory<SampledToken> result) => Log.AddCopyToHost(_tokens.Add(result), tokens);

    /// <summary>The batch as kernels of this run read it, placed when its first layer asks.</summary>
    public CudaBatch Place(AttentionBatch batch) => _batch.Place(batch, _integers);

    /// <summary>Gives back what the step held; called for a step that nobody disposed.</summary>
    public void GiveBackAll() => DisposeCore();

    /// <inheritdoc/>
    protected override void DisposeCore()
    {
        foreach (CudaRecording recording in _recordings)
            Forget(recording);
        _recordings.Clear();
        foreach (CudaMemory memory in _scratch.Values.SelectMany(free => free))
            memory.Dispose();
        _scratch.Clear();
        _integers.Dispose();
        _tokens.Dispose();
    }

    private Stack<CudaMemory> Free(long bytes)
    {
        long size = SizeClass.Of(bytes);
        if (!_scratch.TryGetValue(size, out Stack<CudaMemory>? free))
            _scratch.Add(size, free = new Stack<CudaMemory>());
        return free;
    }

    private void Start()
    {
        int known = 0;
        while (known < _recordings.Count && !_recordings[known].Log.Matches(Log))
            known++;
        if (known == _recordings.Count)
        {
            _device.Play(Log);
            Remember(new CudaRecording(Log.Clone()));
            return;
        }

        CudaRecording recording = _recordings[known];
        _recordings.RemoveAt(known);
        _recordings.Insert(0, recording);
        recording.Graph ??= _device.Record(recording.Log);
        _device.Play(recording.Graph.Value);
        GraphLaunches++;
    }

    private void Remember(CudaRecording recording)
    {
        _recordings.Insert(0, recording);
        if (_recordings.Count <= MaxRecordings)
            return;
        Forget(_recordings[^1]);
        _recordings.RemoveAt(_recordings.Count - 1);
    }

    private void Forget(CudaRecording recording)
    {
        if (recording.Graph is { } graph)
            _device.Forget(graph);
    }
}
