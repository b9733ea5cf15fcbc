using System.Runtime.InteropServices;

namespace UniMed.Cli.Streams;

/// <summary>
/// Writes to a Unix descriptor: a pipe, a device, or whatever standard output is. A cancellation ends it also while nobody reads, and a reader that left is told from success. Neither
/// can .NET's streams.
/// </summary>
/// <param name="descriptor">An open descriptor; it stays open.</param>
/// <param name="cancellationToken">Ends a write that cannot go on.</param>
internal sealed class DescriptorStream(int descriptor, CancellationToken cancellationToken) : Stream
{
    // A pipe that is ready takes so much without making the writer wait (PIPE_BUF of Linux; 512 elsewhere, where a write may wait once more).
    private const int Portion = 4096;
    private const int LookAgainMilliseconds = 100;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="ReaderLeftException">Nobody reads any more.</exception>
    /// <exception cref="IOException">The disk is full, or something else.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled while nothing could be written.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            WaitUntilReady();
            buffer = buffer[WritePortion(buffer[..Math.Min(Portion, buffer.Length)])..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void WaitUntilReady()
    {
        // Anything else than a time-out, an error too, is for the write to tell.
        var entry = new Libc.PollEntry { Descriptor = descriptor, Events = Libc.POLLOUT };
        while (Libc.Poll(ref entry, 1, LookAgainMilliseconds) == 0)
            cancellationToken.ThrowIfCancellationRequested();
    }

    private unsafe int WritePortion(ReadOnlySpan<byte> portion)
    {
        fixed (byte* bytes = portion)
        {
            nint written = Libc.Write(descriptor, bytes, portion.Length);
            if (written >= 0)
                return (int)written;
        }

        int error = Marshal.GetLastPInvokeError();
        if (error == Libc.EPIPE)
            throw new ReaderLeftException();
        if (error != Libc.EINTR && error != Libc.EAGAIN)
            throw new IOException($"{Marshal.GetPInvokeErrorMessage(error)}.");
        return 0;
    }
}
