using System.Text;

namespace UniMed.Cli.Requests;

/// <summary>Lines to standard output; nothing is there before.</summary>
internal sealed class StreamSink(TextWriter output) : IAnswerSink
{
    public bool Holds(RequestId id) => false;

    public void Write(ReadOnlySpan<byte> json)
    {
        output.Write(Encoding.UTF8.GetString(json) + "\n");
        output.Flush();
    }
}
