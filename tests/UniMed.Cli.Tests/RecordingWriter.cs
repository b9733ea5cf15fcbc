using System.Text;

namespace UniMed.Tests;

/// <summary>Keeps what was written piece by piece.</summary>
internal sealed class RecordingWriter : TextWriter
{
    public List<string> Writes { get; } = [];

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Writes.Add(value.ToString());

    public override void Write(string? value) => Writes.Add(value ?? "");

    public override void WriteLine() => Writes.Add("\n");

    public override void WriteLine(string? value) => Writes.Add(value + "\n");
}
