using System.Buffers.Binary;

namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>Reads one file from marker to marker: tables, the frame, scans.</summary>
/// <remarks>
/// A picture in a single scan is made row by row. One in several scans is complete only with the last: its coefficients are kept, and the
/// end marker has to be there, since a file that is cut between scans looks whole.
/// </remarks>
internal sealed class JpegFile(ImageLimits limits, string name)
{
    /// <summary>More scans than any program writes; a progressive colour picture has about ten.</summary>
    private const int MaxScans = 500;

    /// <summary>Blocks that scans go through altogether: those of a hundred million pixels fifty times, a second or two.</summary>
    private const long MaxBlocksRead = 1L << 28;

    private readonly QuantizationTables _quantization = new();
    private readonly HuffmanTables _huffman = new();
    private readonly ApplicationMarkers _applications = new();
    private JpegFrame? _frame;
    private PictureRows? _rows;
    private int _restartInterval;
    private int _scans;
    private long _blocksRead;

    /// <summary>Decodes the file.</summary>
    public byte[] Decode(ReadOnlySpan<byte> jpeg, out int width, out int height)
    {
        MarkerReader markers = new(jpeg, 0);
        bool isJpeg = markers.TryNext(out byte marker) && marker == JpegMarker.StartOfImage;
        if (!isJpeg || markers.Position != 2)
            throw JpegFaultException.Damaged("it does not begin with its start marker");
        while (_rows is null)
        {
            if (!markers.TryNext(out marker))
                throw JpegFaultException.CutOff();
            if (marker == JpegMarker.EndOfImage)
                FinishScans();
            else if (marker == JpegMarker.StartOfScan)
                ReadScan(jpeg, ref markers);
            else if (JpegMarker.IsFrame(marker))
                ReadFrame(marker, jpeg, ref markers);
            else
                ReadTables(marker, ref markers);
        }

        width = _frame!.Width;
        height = _frame.Height;
        return _rows.Rgb;
    }

    private void ReadTables(byte marker, ref MarkerReader markers)
    {
        // These stand alone, without a segment.
        if (JpegMarker.IsRestart(marker) || marker == JpegMarker.Temporary)
            return;
        if (marker == JpegMarker.StartOfImage)
            throw JpegFaultException.Damaged("a second start marker comes before the end of the picture");
        ReadOnlySpan<byte> segment = markers.TakeSegment();
        switch (marker)
        {
            case JpegMarker.QuantizationTables:
                _quantization.Read(segment);
                break;
            case JpegMarker.HuffmanTables:
                _huffman.Read(segment);
                break;
            case JpegMarker.RestartInterval:
                if (segment.Length != 2)
                    throw JpegFaultException.Damaged("its restart interval has a wrong length");
                _restartInterval = BinaryPrimitives.ReadUInt16BigEndian(segment);
                break;
            case JpegMarker.HierarchicalProgression or JpegMarker.ExpandReference:
                throw JpegFrame.Uncommon("hierarchical JPEG");
            case JpegMarker.JpegLsFrame:
                throw JpegFrame.Uncommon("JPEG-LS");
            case >= JpegMarker.Application0 and <= JpegMarker.LastApplication:
                _applications.Read(marker, segment);
                break;
            case JpegMarker.Comment or JpegMarker.NumberOfLines or JpegMarker.ArithmeticConditioning:
                break;
            default:
                throw JpegFaultException.Damaged($"it has a marker 0xFF{marker:X2}, which means nothing");
        }
    }

    private void ReadFrame(byte marker, ReadOnlySpan<byte> jpeg, ref MarkerReader markers)
    {
        ReadOnlySpan<byte> segment = markers.TakeSegment();
        if (_frame is not null)
            throw JpegFaultException.Damaged("it has two frame headers");
        int linesBehindScan = segment is [_, 0, 0, ..] ? LinesBehindScan.Find(jpeg, markers.Position) : 0;
        _frame = JpegFrame.Read(marker, segment, linesBehindScan);
        limits.RequireSize(_frame.Width, _frame.Height, name);
        if (_frame.MinCodedBytes() > jpeg.Length - markers.Position)
            throw JpegFaultException.CutOff();
    }

    private void ReadScan(ReadOnlySpan<byte> jpeg, ref MarkerReader markers)
    {
        ReadOnlySpan<byte> segment = markers.TakeSegment();
        JpegFrame frame = _frame ?? throw JpegFaultException.Damaged("it has a scan before its frame header");
        if (_scans == 0 && !frame.IsProgressive)
            _huffman.FillWithStandard();
        JpegScan scan = JpegScan.Read(segment, frame, _huffman);
        _blocksRead += scan.CountBlocks();
        if (++_scans > MaxScans || _blocksRead > MaxBlocksRead)
        {
            throw JpegFaultException.Unsupported(
                $"the JPEG file has {_scans} scans or more over {frame.Width} x {frame.Height} pixels, far more than programs write",
                "Convert it to PNG if it is to be trusted.");
        }

        foreach (JpegComponent component in scan.Components)
            component.Quantization ??= _quantization.Get(component.QuantizationSlot);
        bool isWhole = !frame.IsProgressive && scan.Components.Length == frame.Components.Length;
        PictureRows? rows = isWhole ? new(frame, _applications.Interpret(frame)) : null;
        if (_scans == 1)
            AllocateCoefficients(frame, isWhole);
        EntropyCodedData data = new(jpeg, markers.Position);
        try
        {
            new ScanReader(frame, scan, _restartInterval).Read(ref data, rows);
        }
        finally
        {
            data.Dispose();
        }

        markers.Position = data.Position;
        _rows = rows;
    }

    private static void AllocateCoefficients(JpegFrame frame, bool isWhole)
    {
        foreach (JpegComponent component in frame.Components)
        {
            int blocksDown = isWhole ? component.Vertical : component.PaddedBlocksDown;
            component.Coefficients = new short[checked(component.PaddedBlocksAcross * blocksDown * JpegComponent.BlockLength)];
        }
    }

    /// <summary>Makes the picture from the coefficients of all scans, and demands that none is missing.</summary>
    private void FinishScans()
    {
        JpegFrame frame = _frame ?? throw JpegFaultException.Damaged("it ends without a picture");
        if (frame.Components.Any(component => !IsComplete(component)))
            throw JpegFaultException.Damaged("its scans end before the picture has its full accuracy");
        _rows = new PictureRows(frame, _applications.Interpret(frame));
        for (int row = 0; row < frame.UnitsDown; row++)
            _rows.Add(row);
    }

    /// <summary>
    /// Whether no announced bit is missing, and of the lowest frequencies, whose lack libjpeg hides by smoothing, none at all.
    /// </summary>
    private static bool IsComplete(JpegComponent component)
    {
        const int Smoothed = 10;
        ReadOnlySpan<sbyte> missing = component.MissingBits;
        return !missing[..Smoothed].ContainsAnyExcept((sbyte)0) && !missing.ContainsAnyInRange((sbyte)1, sbyte.MaxValue);
    }
}
