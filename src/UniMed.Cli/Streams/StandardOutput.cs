using UniMed.Inference;

namespace UniMed.Cli.Streams;

/// <summary>Standard output or standard error of this process, with errors for the person who reads them.</summary>
/// <param name="inner">Where the bytes go; null when whoever started the program closed it.</param>
/// <param name="isForgiving">True for standard error: there is no place to tell that it cannot be written.</param>
internal sealed class StandardOutput(Stream? inner, bool isForgiving) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>What is said when standard output is closed.</summary>
    public static UniMedException Closed() =>
        new(UniMedFailure.InvalidInput, "Standard output is closed, so the answer has nowhere to go. Leave it open, or send it to a file or to /dev/null.");

    /// <exception cref="UniMedException">It is closed, the disk is full, or something else.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            (inner ?? throw Closed()).Write(buffer);
        }
        catch (Exception) when (isForgiving)
        {
            // The exit code still tells what happened.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UniMedException(UniMedFailure.InvalidInput, $"Standard output cannot be written: {error.Message} What stands there is not whole. Make room where it goes, or send it elsewhere, and run the command again.", error);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
