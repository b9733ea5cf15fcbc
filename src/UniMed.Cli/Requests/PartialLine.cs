using System.Buffers;

namespace UniMed.Cli.Requests;

/// <summary>A line while its pieces come in.</summary>
internal sealed class PartialLine(int longest)
{
    private static readonly SearchValues<byte> WhiteSpace = SearchValues.Create(" \t\r"u8);

    private readonly ArrayBufferWriter<byte> _bytes = new();
    private bool _tooLong;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    public void Append(ReadOnlySpan<byte> piece)
    {
        _tooLong |= _bytes.WrittenCount + piece.Length > longest;
        if (!_tooLong)
            _bytes.Write(piece);
    }

    /// <summary>The line, and starts the next one; null when it is blank.</summary>
    public JsonLine? Take(int number, bool terminated)
    {
        ReadOnlySpan<byte> bytes = _bytes.WrittenSpan;
        if (number == 1 && bytes.StartsWith(ByteOrderMark))
            bytes = bytes[ByteOrderMark.Length..];
        JsonLine? line = _tooLong
            ? new JsonLine(number, null, terminated)
            : bytes.IndexOfAnyExcept(WhiteSpace) < 0 ? null : new JsonLine(number, bytes.ToArray(), terminated);
        _bytes.ResetWrittenCount();
        _tooLong = false;
        return line;
    }
}
