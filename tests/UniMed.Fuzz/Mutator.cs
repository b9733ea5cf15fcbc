using System.Buffers.Binary;
using System.Text;

namespace UniMed.Fuzz;

/// <summary>Makes inputs from corpus files. The same corpus and seed give the same inputs.</summary>
internal sealed class Mutator(IReadOnlyList<byte[]> corpus, int seed)
{
    private const int MostChanges = 6;
    private const int LongestSpan = 64;
    private const int LongestInput = 1 << 20;

    private static readonly long[] EdgeIntegers =
    [
        0, 1, -1, 2, 7, 8, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 100_000_000, 100_000_001,
        int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32, (1L << 32) + 1, 1L << 53, 1L << 62, long.MaxValue - 7, long.MaxValue, long.MinValue,
    ];

    private static readonly string[] EdgeTexts =
    [
        "0", "1", "-1", "-0", "00", "1.5", "1e309", "1e2", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551616",
        "null", "true", "[]", "{}", "\"\"", "\\ud800", "\\u0000", "\"__metadata__\"", "..", "/", "\0",
    ];

    private readonly Random _random = new(seed);

    /// <summary>The next input: a corpus file with a few changes.</summary>
    public byte[] Next()
    {
        byte[] input = [.. Pick(corpus)];
        for (int changes = 1 + _random.Next(MostChanges); changes > 0; changes--)
            input = Change(input);
        return input.Length <= LongestInput ? input : input[..LongestInput];
    }

    private byte[] Change(byte[] input)
    {
        if (input.Length == 0)
            return [.. Pick(corpus)];
        return _random.Next(10) switch
        {
            0 or 1 => FlipBit(input),
            2 => SetByte(input),
            3 or 4 => WriteEdgeInteger(input),
            5 => ReplaceWithEdgeText(input),
            6 => input[..Position(input)],
            7 => Splice(input),
            8 => DuplicateSpan(input),
            _ => DeleteSpan(input),
        };
    }

    private byte[] FlipBit(byte[] input)
    {
        input[Position(input)] ^= (byte)(1 << _random.Next(8));
        return input;
    }

    private byte[] SetByte(byte[] input)
    {
        input[Position(input)] = (byte)_random.Next(256);
        return input;
    }

    private byte[] WriteEdgeInteger(byte[] input)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Pick(EdgeIntegers));
        bytes = bytes[..(1 << _random.Next(4))];
        if (_random.Next(2) == 0)
            bytes.Reverse();
        int position = Position(input);
        bytes[..Math.Min(bytes.Length, input.Length - position)].CopyTo(input.AsSpan(position));
        return input;
    }

    // Formats written as text carry their integers as digits: whole numbers and words are exchanged, not bytes of them.
    private byte[] ReplaceWithEdgeText(byte[] input)
    {
        int start = Position(input);
        while (start > 0 && IsWord(input[start]) && IsWord(input[start - 1]))
            start--;
        int end = start;
        while (end < input.Length && IsWord(input[end]))
            end++;
        return [.. input[..start], .. Encoding.ASCII.GetBytes(Pick(EdgeTexts)), .. input[end..]];
    }

    private byte[] Splice(byte[] input)
    {
        byte[] other = Pick(corpus);
        return other.Length == 0 ? input : [.. input[..Position(input)], .. other[Position(other)..]];
    }

    private byte[] DuplicateSpan(byte[] input)
    {
        int start = Position(input);
        int end = Math.Min(input.Length, start + 1 + _random.Next(LongestSpan));
        int times = _random.Next(8) == 0 ? 64 : 1;
        return [.. input[..end], .. Enumerable.Repeat(input[start..end], times).SelectMany(span => span), .. input[end..]];
    }

    private byte[] DeleteSpan(byte[] input)
    {
        int start = Position(input);
        int end = Math.Min(input.Length, start + 1 + _random.Next(LongestSpan));
        return [.. input[..start], .. input[end..]];
    }

    private static bool IsWord(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'_' or (byte)'.';

    // Headers stand at the beginning and directories at the end of a file: both are visited more often than the data between them.
    private int Position(byte[] input)
    {
        int uniform = _random.Next(input.Length);
        int fromEdge = (int)Math.Exp(_random.NextDouble() * Math.Log(input.Length));
        return _random.Next(3) switch
        {
            0 => uniform,
            1 => Math.Min(fromEdge - 1, input.Length - 1),
            _ => Math.Max(input.Length - fromEdge, 0),
        };
    }

    private T Pick<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];
}
