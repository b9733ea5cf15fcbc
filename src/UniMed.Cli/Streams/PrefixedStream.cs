namespace UniMed.Cli.Streams;

/// <summary>A stream whose first bytes were looked at: they come again, then the rest.</summary>
internal sealed class PrefixedStream(ReadOnlyMemory<byte> first, Stream rest) : ReadingStream
{
    private ReadOnlyMemory<byte> _first = first;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_first.IsEmpty)
            return rest.ReadAsync(buffer, cancellationToken);
        int count = Math.Min(_first.Length, buffer.Length);
        _first[..count].CopyTo(buffer);
        _first = _first[count..];
        return ValueTask.FromResult(count);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            rest.Dispose();
        base.Dispose(disposing);
    }
}
