using System.Runtime.CompilerServices;

namespace UniMed.Cli.Requests;

/// <summary>Reads a file of JSON lines; a line that is too long costs no more memory than the bound.</summary>
/// <param name="stream">The bytes.</param>
/// <param name="longestLine">Most bytes of a line.</param>
internal sealed class JsonLineReader(Stream stream, int longestLine)
{
    private const int BufferSize = 64 * 1024;

    /// <summary>The lines that are not blank, each as soon as its end is read.</summary>
    public async IAsyncEnumerable<JsonLine> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferSize];
        var line = new PartialLine(longestLine);
        int number = 1;
        while (true)
        {
            // Reading a terminal cannot be cancelled; the wait for it can.
            int read = await stream.ReadAsync(buffer, cancellationToken).AsTask().WaitAsync(cancellationToken);
            if (read == 0)
                break;
            int start = 0;
            for (int end = Array.IndexOf(buffer, (byte)'\n', 0, read); end >= 0; end = Array.IndexOf(buffer, (byte)'\n', start, read - start))
            {
                line.Append(buffer.AsSpan(start, end - start));
                if (line.Take(number, terminated: true) is { } whole)
                    yield return whole;
                number++;
                start = end + 1;
            }

            line.Append(buffer.AsSpan(start, read - start));
        }

        if (line.Take(number, terminated: false) is { } last)
            yield return last;
    }
}
