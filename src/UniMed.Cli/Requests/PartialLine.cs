using System.Buffers;
using UniMed.Inference;

namespace UniMed.Cli.Requests;

/// <summary>A line while its pieces come in.</summary>
internal sealed class PartialLine(int longest)
{
    private static readonly SearchValues<byte> WhiteSpace = SearchValues.Create(" \t\r"u8);

    // A device such as /dev/zero has no end.
    private const long EndlessFactor = 64;

    private readonly ArrayBufferWriter<byte> _bytes = new();
    private bool _tooLong;
    private long _start;
    private long _length;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    public void Append(ReadOnlySpan<byte> piece)
    {
        _length += piece.Length;
        if (_length > EndlessFactor * longest)
            throw new UniMedException(UniMedFailure.InvalidInput, FormattableString.Invariant($"{_length >> 20} MiB came without a line's end: what is read is no file of JSON lines. Name another."));
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
