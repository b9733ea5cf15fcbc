using System.Buffers.Binary;

namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>Finds the DNL marker, by which a scanner tells the height at the end of the paper (ITU-T T.81, B.2.5).</summary>
internal static class LinesBehindScan
{
    private const int Length = 2;

    /// <summary>The number of lines behind the first scan.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="position">Behind the frame header.</param>
    /// <returns>The height, or 0 where there is none.</returns>
    public static int Find(ReadOnlySpan<byte> file, int position)
    {
        MarkerReader markers = new(file, position);
        while (markers.TryNext(out byte marker) && marker != JpegMarker.EndOfImage)
        {
            if (JpegMarker.IsRestart(marker) || marker == JpegMarker.Temporary)
                continue;
            ReadOnlySpan<byte> segment = markers.TakeSegment();
            if (marker == JpegMarker.NumberOfLines && segment.Length == Length)
                return BinaryPrimitives.ReadUInt16BigEndian(segment);
        }

        return 0;
    }
}
