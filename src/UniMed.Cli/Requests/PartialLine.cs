using System.Buffers;

namespace UniMed.Cli.Requests;

/// <summary>A line while its pieces come in.</summary>
internal sealed class PartialLine(int longest)
{
    private static readonly SearchValues<byte> WhiteSpace = SearchValues.Create(" \t\r"u8);

    private readonly ArrayBufferWriter<byte> _bytes = new();
    private bool _tooLong;
    private long _start;
    private long _length;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    public void Append(ReadOnlySpan<byte> piece)
    {
        _length += piece.Length;
        _tooLong |= _bytes.WrittenCount + piece.Length > longest;
        if (!_tooLong)
            _bytes.Write(piece);
    }

    /// <summary>The line, and starts the next one; null when it is blank.</summary>
    public JsonLine? Take(int number, bool terminated)
    {
        var place = new ByteRange(_start, _start + _length + (terminated ? 1 : 0));
        ReadOnlySpan<byte> bytes = _bytes.WrittenSpan;

        // Files that were joined have a mark where each began.
        while (bytes.StartsWith(ByteOrderMark))
            bytes = bytes[ByteOrderMark.Length..];
        JsonLine? line = _tooLong
            ? new JsonLine(number, null, terminated, place)
            : bytes.IndexOfAnyExcept(WhiteSpace) < 0 ? null : new JsonLine(number, bytes.ToArray(), terminated, place);
        _bytes.ResetWrittenCount();
        _tooLong = false;
        _start = place.End;
        _length = 0;
        return line;
    }
}
