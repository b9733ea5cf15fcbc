using UniMed.Inference;

namespace UniMed.Cli.Requests;

/// <summary>Lines that become a file when all of them are there.</summary>
/// <param name="output">The file, for errors.</param>
internal sealed class LinesInMemory(string output) : IAnswerSink, IDisposable
{
    private const int MaxBytes = 1 << 30;

    private readonly MemoryStream _lines = new();

    public bool Holds(RequestId id) => false;

    public void Write(ReadOnlySpan<byte> json)
    {
        if (_lines.Length + json.Length >= MaxBytes)
            throw new UniMedException(UniMedFailure.InvalidInput, $"{output}: what would be written has more than {MaxBytes} bytes. Take --output - and send it to the file, or split the input.");
        _lines.Write(json);
        _lines.WriteByte((byte)'\n');
    }

    public byte[] ToArray() => _lines.ToArray();

    public void Dispose() => _lines.Dispose();
}
