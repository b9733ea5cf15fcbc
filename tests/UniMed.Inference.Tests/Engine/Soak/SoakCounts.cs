namespace UniMed.Inference.Tests.Engine.Soak;

/// <summary>How the requests of a soak ended; clients count at once.</summary>
internal sealed class SoakCounts
{
    private const int KeptComplaints = 10;

    private readonly List<string> _complaints = [];
    private int _right;
    private int _cancelled;
    private int _late;
    private int _broken;
    private int _refused;
    private int _cancellations;
    private int _wrong;

    /// <summary>Answers that equal the answer alone, those of requests that were cancelled too late among them.</summary>
    public int Right => _right;

    /// <summary>Requests that ended cancelled.</summary>
    public int Cancelled => _cancelled;

    /// <summary>Requests that ended because their deadline was over.</summary>
    public int Late => _late;

    /// <summary>Broken requests that ended as they must.</summary>
    public int Broken => _broken;

    /// <summary>Requests that a full queue refused; each came again.</summary>
    public int Refused => _refused;

    /// <summary>Requests somebody cancelled, in time or not.</summary>
    public int Cancellations => _cancellations;

    /// <summary>Requests that ended in any other way, or not at all.</summary>
    public int Wrong => _wrong;

    /// <summary>All that ended.</summary>
    public int Ended => _right + _cancelled + _late + _broken + _wrong;

    /// <summary>The first wrong ones.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    public void AddRight() => Interlocked.Increment(ref _right);

    public void AddCancelled() => Interlocked.Increment(ref _cancelled);

    public void AddLate() => Interlocked.Increment(ref _late);

    public void AddBroken() => Interlocked.Increment(ref _broken);

    public void AddRefused() => Interlocked.Increment(ref _refused);

    public void AddCancellation() => Interlocked.Increment(ref _cancellations);

    public void AddWrong(int request, Exception error)
    {
        Interlocked.Increment(ref _wrong);
        lock (_complaints)
        {
            if (_complaints.Count < KeptComplaints)
                _complaints.Add($"request {request}: {error}");
        }
    }

    public override string ToString() =>
        $"{Ended} requests: {Right} right, {Cancelled} cancelled ({Cancellations} tried), {Late} late, {Broken} broken, {Wrong} wrong or lost; {Refused} times refused by a full queue";
}
