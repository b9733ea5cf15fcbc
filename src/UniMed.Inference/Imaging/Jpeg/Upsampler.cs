namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>Brings the rows of one component to the size of the picture, with libjpeg's choice of filter.</summary>
/// <remarks>
/// libjpeg calls it "fancy": where a component has half the samples in a direction, each new sample is 3/4 of the nearer and 1/4 of the
/// farther one. All other factors repeat samples, and so does halving sideways of one or two samples a row.
/// </remarks>
internal sealed class Upsampler
{
    /// <summary>Fewest samples a row that are filtered sideways.</summary>
    private const int FewestFiltered = 3;

    private readonly SampleRing _ring;
    private readonly int _width;
    private readonly int _across;
    private readonly int _down;
    private readonly bool _filtersAcross;
    private readonly bool _filtersDown;

    /// <summary>A row as it is before filtering sideways: one sum, or one sample, more at each end than the component has.</summary>
    private readonly ushort[] _sums;
    private readonly byte[] _row;

    public Upsampler(JpegComponent component, JpegFrame frame, SampleRing ring)
    {
        _ring = ring;
        _width = component.Width;
        _across = frame.MaxHorizontal / component.Horizontal;
        _down = frame.MaxVertical / component.Vertical;
        _filtersAcross = _across == 2 && _down <= 2 && _width >= FewestFiltered;
        _filtersDown = _down == 2 && (_across == 1 || _filtersAcross);
        _sums = _filtersAcross ? new ushort[_width + 2] : [];
        _row = _across == 1 && !_filtersDown ? [] : new byte[_width * _across];
    }

    /// <summary>Whether a row needs those above and below it.</summary>
    public bool NeedsNeighbours => _filtersDown;

    /// <summary>A row at the size of the picture, or up to three samples longer. Valid until the next call.</summary>
    /// <param name="y">The picture's row.</param>
    public ReadOnlySpan<byte> GetRow(int y)
    {
        int row = y / _down;
        ReadOnlySpan<byte> near = _ring.GetRow(row);
        if (!_filtersAcross && !_filtersDown)
        {
            if (_across == 1)
                return near;
            UpsamplingFilters.Repeat(near, _across, _row);
            return _row;
        }

        bool isUpper = (y & 1) == 0;
        ReadOnlySpan<byte> far = _filtersDown ? _ring.GetRow(isUpper ? row - 1 : row + 1) : [];
        if (!_filtersAcross)
        {
            UpsamplingFilters.BlendRows(near, far, isUpper ? 1 : 2, _row);
            return _row;
        }

        Span<ushort> sums = _sums.AsSpan(1, _width);
        if (_filtersDown)
            UpsamplingFilters.SumRows(near, far, sums);
        else
            UpsamplingFilters.Widen(near, sums);
        _sums[0] = sums[0];
        _sums[^1] = sums[^1];
        if (_filtersDown)
            UpsamplingFilters.Double(_sums, 8, 7, 4, _row);
        else
            UpsamplingFilters.Double(_sums, 1, 2, 2, _row);
        return _row;
    }
}
