namespace UniMed.Inference.Tests.Imaging;

/// <summary>A stream like a pipe: no length, no position, a few bytes at a time.</summary>
internal sealed class TricklingStream(byte[] content, bool endless = false) : Stream
{
    private const int AtATime = 700;

    public long BytesRead { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        int read = Math.Min(Math.Min(count, AtATime), endless ? int.MaxValue : content.Length - (int)BytesRead);
        for (int i = 0; i < read; i++)
            buffer[offset + i] = content[(BytesRead + i) % content.Length];
        BytesRead += read;
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
