using System.Buffers;

namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>The entropy-coded data of one scan, taken in pieces from marker to marker and freed of stuffed bytes.</summary>
/// <remarks>
/// In the file each data byte 0xFF is followed by a stuffed 0, so that markers can be found; the bit reader is faster without them.
/// </remarks>
internal ref struct EntropyCodedData(ReadOnlySpan<byte> file, int position)
{
    private readonly ReadOnlySpan<byte> _file = file;
    private byte[] _unstuffed = [];

    /// <summary>Where the marker behind the last piece stands; the end of the file where there is none.</summary>
    public int Position { get; private set; } = position;

    /// <summary>Takes the data up to the next marker.</summary>
    public BitReader TakePiece()
    {
        if (_unstuffed.Length == 0)
            _unstuffed = ArrayPool<byte>.Shared.Rent(_file.Length - Position + BitReader.Padding);
        int length = 0;
        while (Position < _file.Length)
        {
            ReadOnlySpan<byte> rest = _file[Position..];
            int plain = rest.IndexOf(JpegMarker.Prefix);
            if (plain < 0)
                plain = rest.Length;
            rest[..plain].CopyTo(_unstuffed.AsSpan(length));
            length += plain;
            Position += plain;
            int second = Position;
            while (second < _file.Length && _file[second] == JpegMarker.Prefix)
                second++;
            if (second == _file.Length)
                Position = second;
            else if (_file[second] != 0)
            {
                Position = second - 1;
                break;
            }
            else
            {
                _unstuffed[length++] = JpegMarker.Prefix;
                Position = second + 1;
            }
        }

        _unstuffed.AsSpan(length, BitReader.Padding).Clear();
        return new(_unstuffed.AsSpan(0, length + BitReader.Padding), length);
    }

    /// <summary>Moves over the restart marker that must stand here.</summary>
    /// <param name="number">Its number, modulo 8.</param>
    public void RequireRestart(int number)
    {
        if (Position + 1 >= _file.Length)
            throw JpegFaultException.CutOff();
        if (_file[Position + 1] != JpegMarker.FirstRestart + number % 8)
            throw JpegFaultException.Damaged($"restart marker {number % 8} is missing");
        Position += 2;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (_unstuffed.Length > 0)
            ArrayPool<byte>.Shared.Return(_unstuffed, clearArray: true);
        _unstuffed = [];
    }
}
