namespace UniMed.Native.Cuda.Nvidia;

/// <summary>What was made and not given back. Thread-safe.</summary>
internal sealed class OpenHandles
{
    private readonly HashSet<(HandleKind Kind, nint Handle)> _open = [];

    /// <summary>Notes a handle.</summary>
    public void Add(HandleKind kind, nint handle)
    {
        lock (_open)
            _open.Add((kind, handle));
    }

    /// <summary>Forgets a handle; called before it is given back, since its number may then be another thread's.</summary>
    public void Remove(HandleKind kind, nint handle)
    {
        lock (_open)
            _open.Remove((kind, handle));
    }

    /// <summary>Forgets everything; gives it in the order in which it is to be closed.</summary>
    public IReadOnlyList<(HandleKind Kind, nint Handle)> TakeAll()
    {
        lock (_open)
        {
            List<(HandleKind Kind, nint Handle)> all = [.. _open.OrderBy(open => open.Kind)];
            _open.Clear();
            return all;
        }
    }
}
