namespace UniMed.Tests;

/// <summary>A stream whose end is a cancellation.</summary>
internal sealed class CancellingStream(byte[] bytes, CancellationTokenSource source) : MemoryStream(bytes)
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await base.ReadAsync(buffer, cancellationToken);
        if (read == 0)
            await source.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return read;
    }
}
