using System.Runtime.InteropServices;

namespace UniMed.Native.Cpu;

/// <summary>
/// A fixed number of threads that do the units of one operation together. A unit's borders do not depend on the number of threads, nor does its result on the thread that
/// does it. Idle threads spin for some microseconds, because the next operation of a layer comes at once, and then sleep.
/// </summary>
/// <remarks>One operation runs at a time; another caller meanwhile does its units alone. Nothing is allocated for an operation. Units must not throw.</remarks>
internal sealed unsafe class ThreadTeam : IDisposable
{
    /// <summary>How long an idle thread spins before it sleeps: longer than the gap between two operations, shorter than a scheduler's quantum.</summary>
    private const int SpinMicroseconds = 50;

    private readonly Thread?[] _threads;
    private readonly Lock _caller = new();
    private readonly object _sleep = new();
    private readonly ThreadAffinity? _affinity;

    private delegate*<void*, int, void> _unit;
    private void* _state;
    private int _units;
    private int _sleeping;
    private bool _started;
    private volatile bool _disposed;

    // Each on a cache line of its own: threads write them at once.
    private readonly Padded[] _next;
    private Padded _inside;
    private Padded _open;

    /// <summary>Describes the team; its threads start with the first work that is shared.</summary>
    /// <param name="threads">Threads that work, the caller included; at least 1.</param>
    /// <param name="affinity">Processors its threads stay on, or null.</param>
    public ThreadTeam(int threads, ThreadAffinity? affinity)
    {
        Threads = threads;
        _affinity = affinity;
        _threads = new Thread[threads - 1];
        _next = new Padded[threads];
    }

    /// <summary>Threads that work, the caller included.</summary>
    public int Threads { get; }

    /// <summary>Does units 0 to units - 1, in any order and at once, and returns when all are done.</summary>
    /// <param name="units">How many.</param>
    /// <param name="unit">Does one; gets the state and the unit's number.</param>
    /// <param name="state">Passed on; it stays on the caller's stack.</param>
    public void Run(int units, delegate*<void*, int, void> unit, void* state)
    {
        if (units <= 1 || _threads.Length == 0 || !_caller.TryEnter())
        {
            for (int i = 0; i < units; i++)
                unit(state, i);
            return;
        }

        try
        {
            if (!_started)
                Start();
            _unit = unit;
            _state = state;
            _units = units;
            for (int share = 0; share < _next.Length; share++)
                Volatile.Write(ref _next[share].Value, First(share));
            // Full fences: the work is visible before it is open, and sleepers are counted after.
            Interlocked.Increment(ref _open.Value);
            if (Volatile.Read(ref _sleeping) > 0)
            {
                lock (_sleep)
                    Monitor.PulseAll(_sleep);
            }

            Take(0);
            Interlocked.Increment(ref _open.Value);
            // Whoever entered before has a unit in hand; whoever comes later finds the work closed.
            var spin = new SpinWait();
            while (Volatile.Read(ref _inside.Value) != 0)
                spin.SpinOnce(sleep1Threshold: -1);
        }
        finally
        {
            _caller.Exit();
        }
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        lock (_sleep)
            Monitor.PulseAll(_sleep);
        foreach (Thread? thread in _threads)
            thread?.Join();
    }

    private void Start()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _started = true;
        for (int i = 0; i < _threads.Length; i++)
        {
            int index = i + 1;
            var thread = new Thread(() => Work(index), 256 << 10) { IsBackground = true, Name = $"UniMed cpu {index}" };
            _threads[i] = thread;
            thread.Start();
        }
    }

    /// <summary>First unit of a thread's share: neighbouring units belong together, as their weights do in memory.</summary>
    private int First(int share) => (int)((long)_units * share / _next.Length);

    /// <summary>Does the units of the thread's own share, then those that others have left.</summary>
    private void Take(int thread)
    {
        for (int i = 0; i < _next.Length; i++)
        {
            int share = (thread + i) % _next.Length;
            int end = First(share + 1);
            while (Volatile.Read(ref _next[share].Value) < end)
            {
                int unit = Interlocked.Increment(ref _next[share].Value) - 1;
                if (unit < end)
                    _unit(_state, unit);
            }
        }
    }

    private void Work(int index)
    {
        _affinity?.Apply(index);
        int seen = 0;
        while (WaitForWork(ref seen))
        {
            Interlocked.Increment(ref _inside.Value);
            // Odd is open; the number tells whether it is still the work that was seen.
            if (Volatile.Read(ref _open.Value) == seen)
                Take(index);
            Interlocked.Decrement(ref _inside.Value);
        }
    }

    /// <summary>Waits until work is open that was not seen before; false when the team ends.</summary>
    private bool WaitForWork(ref int seen)
    {
        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        long patience = System.Diagnostics.Stopwatch.Frequency * SpinMicroseconds / 1_000_000;
        for (int turn = 1; ; turn++)
        {
            if (_disposed)
                return false;
            if (IsNew(ref seen))
                return true;
            if (turn % 16 != 0 || System.Diagnostics.Stopwatch.GetTimestamp() - started < patience)
            {
                Thread.SpinWait(2);
                continue;
            }

            lock (_sleep)
            {
                Interlocked.Increment(ref _sleeping);
                while (!_disposed && !IsNew(ref seen))
                    Monitor.Wait(_sleep);
                Interlocked.Decrement(ref _sleeping);
            }

            return !_disposed;
        }
    }

    private bool IsNew(ref int seen)
    {
        int open = Volatile.Read(ref _open.Value);
        if ((open & 1) == 0 || open == seen)
            return false;
        seen = open;
        return true;
    }

    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Padded
    {
        [FieldOffset(64)]
        public int Value;
    }
}
