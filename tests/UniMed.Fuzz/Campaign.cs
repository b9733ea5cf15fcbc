using System.Diagnostics;
using UniMed.Inference;

namespace UniMed.Fuzz;

/// <summary>A bounded number of runs of one target: first the corpus as it is, then mutations of it.</summary>
/// <remarks>A crash that no handler sees (stack overflow, access violation) ends the process; the seed and the number of runs repeat it.</remarks>
internal sealed class Campaign(IFuzzTarget target, IReadOnlyList<byte[]> corpus, int runs, int seed)
{
    private const long MostAllocatedBytes = 512L << 20;

    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(5);

    private byte[] _input = [];
    private long _started;
    private int _refused;
    private int _accepted;
    private CampaignFailure? _failure;

    /// <summary>Inputs the target read to the end.</summary>
    public int Accepted => _accepted;

    /// <summary>Inputs the target refused with a <see cref="UniMedException"/>.</summary>
    public int Refused => _refused;

    /// <summary>Runs until the end or the first failure.</summary>
    /// <returns>The failure, or null.</returns>
    public CampaignFailure? Run()
    {
        _started = Stopwatch.GetTimestamp();
        // A thread of its own can be left behind when a run hangs.
        var worker = new Thread(Loop) { IsBackground = true, Name = $"fuzz {target.Name}" };
        worker.Start();
        while (!worker.Join(TimeSpan.FromMilliseconds(100)))
        {
            if (Stopwatch.GetElapsedTime(Volatile.Read(ref _started)) > MostTime)
                return new CampaignFailure(Volatile.Read(ref _input), $"A run takes longer than {MostTime.TotalSeconds} s.", Hangs: true);
        }

        return _failure;
    }

    private void Loop()
    {
        foreach (byte[] input in corpus)
        {
            if (!Passes(input))
                return;
        }

        var mutator = new Mutator(corpus, seed);
        for (int i = 0; i < runs; i++)
        {
            if (!Passes(mutator.Next()))
                return;
        }
    }

    private bool Passes(byte[] input)
    {
        Volatile.Write(ref _input, input);
        Volatile.Write(ref _started, Stopwatch.GetTimestamp());
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Run(input);
            _accepted++;
        }
        catch (UniMedException)
        {
            _refused++;
        }
        catch (Exception e)
        {
            _failure = new CampaignFailure(input, e.ToString(), Hangs: false);
            return false;
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (allocated <= MostAllocatedBytes)
            return true;
        _failure = new CampaignFailure(input, $"A run allocates {allocated >> 20} MiB for an input of {input.Length} bytes; {MostAllocatedBytes >> 20} are allowed.", Hangs: false);
        return false;
    }
}
