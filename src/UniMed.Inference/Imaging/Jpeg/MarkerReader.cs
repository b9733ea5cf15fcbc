using System.Buffers.Binary;

namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>Walks from marker to marker and takes the segments behind them.</summary>
/// <param name="file">The whole file.</param>
/// <param name="position">Where to begin.</param>
internal ref struct MarkerReader(ReadOnlySpan<byte> file, int position)
{
    private readonly ReadOnlySpan<byte> _file = file;

    /// <summary>The next byte to be read.</summary>
    public int Position { get; set; } = position;

    /// <summary>Moves behind the next marker, over whatever lies before it, as libjpeg does; false at the end of the file.</summary>
    public bool TryNext(out byte marker)
    {
        while (Position < _file.Length)
        {
            int prefix = _file[Position..].IndexOf(JpegMarker.Prefix);
            if (prefix < 0)
                break;
            Position += prefix;
            // Any number of 0xFF may come before the second byte.
            while (Position < _file.Length && _file[Position] == JpegMarker.Prefix)
                Position++;
            if (Position < _file.Length && _file[Position++] is var second and not 0)
            {
                marker = second;
                return true;
            }
        }

        Position = _file.Length;
        marker = 0;
        return false;
    }

    /// <summary>Takes the segment of the marker that was just read, without its length.</summary>
    public ReadOnlySpan<byte> TakeSegment()
    {
        if (Position + 2 > _file.Length)
            throw JpegFaultException.CutOff();
        int length = BinaryPrimitives.ReadUInt16BigEndian(_file[Position..]);
        if (length < 2)
            throw JpegFaultException.Damaged($"a segment says that it has {length} bytes, less than its own length takes");
        if (Position + length > _file.Length)
            throw JpegFaultException.CutOff();
        ReadOnlySpan<byte> segment = _file.Slice(Position + 2, length - 2);
        Position += length;
        return segment;
    }
}
