using System.Buffers.Binary;
using UniMed.WeightsConverter.Bytes;

namespace UniMed.WeightsConverter.Pickle;

/// <summary>The bytes of one pickle, front to back, through a small window. No length of the file is believed before it is compared with the bytes that are left.</summary>
internal sealed class PickleReader
{
    private readonly IByteSource _source;
    private readonly long _start;
    private readonly long _end;
    private readonly byte[] _window = new byte[16 << 10];
    private long _windowStart;
    private int _windowLength;
    private int _next;

    /// <summary>Reads [start, end) of a source, and of it no more than <see cref="PickleLimits.Bytes"/>.</summary>
    public PickleReader(IByteSource source, long start, long end)
    {
        _source = source;
        _start = start;
        _end = Math.Min(end, source.Length);
        _windowStart = start;
    }

    /// <summary>Position of the next byte in the source.</summary>
    public long Position => _windowStart + _next;

    private long Remaining => _end - Position;

    /// <summary>The error that refuses the file.</summary>
    public ConversionException Refuse(string sentence) =>
        new($"{_source.Name} is refused: {sentence} (Byte {Position - _start} of its pickle; nothing in the file was run.)");

    public byte ReadByte()
    {
        if (_next == _windowLength)
            Refill();
        return _window[_next++];
    }

    public ushort ReadUInt16()
    {
        Span<byte> bytes = stackalloc byte[2];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    public int ReadInt32()
    {
        Span<byte> bytes = stackalloc byte[4];
        Fill(bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    public uint ReadUInt32() => (uint)ReadInt32();

    public ulong ReadUInt64()
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    public double ReadDouble()
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes);
        return BinaryPrimitives.ReadDoubleBigEndian(bytes);
    }

    /// <summary>Reads a counted run of bytes.</summary>
    /// <param name="count">The length that the file states.</param>
    /// <param name="limit">The longest that is accepted.</param>
    /// <param name="what">What the bytes are, for the message.</param>
    public byte[] ReadBytes(ulong count, int limit, string what)
    {
        if (count > (ulong)Remaining)
            throw Refuse($"{what} of {count} bytes is announced, a length beyond the file: {Remaining} bytes are left.");
        if (count > (ulong)limit)
            throw Refuse($"{what} of {count} bytes is longer than the limit of {limit}.");
        var bytes = new byte[count];
        Fill(bytes);
        return bytes;
    }

    /// <summary>Reads to the next line feed, which is not part of the result.</summary>
    public byte[] ReadLine()
    {
        var line = new List<byte>();
        for (byte b = ReadByte(); b != '\n'; b = ReadByte())
        {
            if (line.Count == PickleLimits.LineBytes)
                throw Refuse($"a line is longer than {PickleLimits.LineBytes} bytes.");
            line.Add(b);
        }

        return [.. line];
    }

    private void Fill(Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            if (_next == _windowLength)
                Refill();
            int count = Math.Min(destination.Length, _windowLength - _next);
            _window.AsSpan(_next, count).CopyTo(destination);
            _next += count;
            destination = destination[count..];
        }
    }

    private void Refill()
    {
        long position = Position;
        if (position >= _end)
            throw Refuse("the pickle is cut off: it ends in the middle of an instruction.");
        if (position - _start >= PickleLimits.Bytes)
            throw Refuse($"the pickle is longer than {PickleLimits.Bytes} bytes.");
        int count = (int)Math.Min(_window.Length, _end - position);
        _source.Read(position, _window.AsSpan(0, count));
        _windowStart = position;
        _windowLength = count;
        _next = 0;
    }
}
