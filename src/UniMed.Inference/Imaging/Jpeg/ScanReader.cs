namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>Goes through the blocks of one scan.</summary>
/// <param name="frame">The frame.</param>
/// <param name="scan">The scan.</param>
/// <param name="restartInterval">Units between restart markers; 0 where there are none.</param>
internal sealed class ScanReader(JpegFrame frame, JpegScan scan, int restartInterval)
{
    private int _unitsToRestart;
    private int _restarts;

    /// <summary>Reads the scan.</summary>
    /// <param name="data">Its data.</param>
    /// <param name="rows">
    /// Gets each row of units as soon as it is read, from components that hold one row. Null where components hold the whole picture.
    /// </param>
    public void Read(ref EntropyCodedData data, PictureRows? rows)
    {
        if (!frame.IsProgressive)
            Read(ref data, rows, new SequentialCoding());
        else if (scan.FirstCoefficient > 0)
            ReadAc(ref data);
        else if (scan.HighBit == 0)
            Read(ref data, rows, new ProgressiveDcFirst(scan.LowBit));
        else
            Read(ref data, rows, new ProgressiveDcRefinement(scan.LowBit));
    }

    private void ReadAc(ref EntropyCodedData data)
    {
        if (scan.HighBit == 0)
            Read(ref data, null, new ProgressiveAcFirst(scan));
        else
            Read(ref data, null, new ProgressiveAcRefinement(scan));
    }

    private void Read<TCoding>(ref EntropyCodedData data, PictureRows? rows, TCoding coding)
        where TCoding : struct, IBlockCoding
    {
        int unitsAcross = scan.IsInterleaved ? frame.UnitsAcross : scan.Components[0].BlocksAcross;
        int unitsDown = scan.IsInterleaved ? frame.UnitsDown : scan.Components[0].BlocksDown;
        _unitsToRestart = restartInterval;
        BitReader bits = StartPiece(ref data);
        for (int row = 0; row < unitsDown; row++)
        {
            int storedRow = rows is null ? row : 0;
            for (int column = 0; column < unitsAcross; column++)
            {
                if (restartInterval > 0 && _unitsToRestart-- == 0)
                {
                    bits.RequireNotOverrun();
                    data.RequireRestart(_restarts++);
                    bits = StartPiece(ref data);
                    coding.Restart();
                    _unitsToRestart = restartInterval - 1;
                }

                foreach (JpegComponent component in scan.Components)
                    ReadUnit(ref bits, component, storedRow, column, ref coding);
            }

            bits.RequireNotOverrun();
            rows?.Add(row);
        }
    }

    private BitReader StartPiece(ref EntropyCodedData data)
    {
        foreach (JpegComponent component in scan.Components)
            component.DcPrediction = 0;
        return data.TakePiece();
    }

    private void ReadUnit<TCoding>(ref BitReader bits, JpegComponent component, int row, int column, ref TCoding coding)
        where TCoding : struct, IBlockCoding
    {
        int down = scan.IsInterleaved ? component.Vertical : 1;
        int across = scan.IsInterleaved ? component.Horizontal : 1;
        for (int y = 0; y < down; y++)
        {
            int first = (row * down + y) * component.PaddedBlocksAcross + column * across;
            for (int x = 0; x < across; x++)
            {
                Span<short> block = component.Coefficients.AsSpan((first + x) * JpegComponent.BlockLength, JpegComponent.BlockLength);
                coding.Decode(ref bits, component, block);
            }
        }
    }
}
