namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>Makes the picture's rows from rows of units, as soon as their neighbours are there.</summary>
internal sealed class PictureRows
{
    private readonly JpegFrame _frame;
    private readonly JpegColor _color;
    private readonly SampleRing[] _rings;
    private readonly Upsampler[] _upsamplers;
    private readonly bool _needsNeighbours;
    private int _finished;

    public PictureRows(JpegFrame frame, JpegColor color)
    {
        _frame = frame;
        _color = color;
        _rings = [.. frame.Components.Select(component => new SampleRing(component))];
        _upsamplers = [.. frame.Components.Select((component, i) => new Upsampler(component, frame, _rings[i]))];
        _needsNeighbours = _upsamplers.Any(upsampler => upsampler.NeedsNeighbours);
        Rgb = GC.AllocateUninitializedArray<byte>(frame.Width * frame.Height * 3);
    }

    /// <summary>The picture, row-major; complete when every row of units was added.</summary>
    public byte[] Rgb { get; }

    /// <summary>Adds a row of units, whose coefficients the components hold, alone or among those of the whole picture.</summary>
    public void Add(int unitRow)
    {
        for (int i = 0; i < _rings.Length; i++)
        {
            JpegComponent component = _frame.Components[i];
            int length = component.Vertical * component.PaddedBlocksAcross * JpegComponent.BlockLength;
            bool isAlone = component.Coefficients.Length == length;
            Span<short> row = component.Coefficients.AsSpan(isAlone ? 0 : unitRow * length, length);
            _rings[i].Add(unitRow, row);
            if (isAlone)
                row.Clear();
        }

        int complete = (unitRow + 1) * _frame.MaxVertical * JpegComponent.BlockSide;
        // The last row of a component waits for the one below it.
        if (_needsNeighbours)
            complete -= _frame.MaxVertical;
        if (unitRow == _frame.UnitsDown - 1)
            complete = _frame.Height;
        for (; _finished < Math.Min(complete, _frame.Height); _finished++)
            Convert(_finished, Rgb.AsSpan(_finished * _frame.Width * 3, _frame.Width * 3));
    }

    private void Convert(int y, Span<byte> rgb)
    {
        ReadOnlySpan<byte> first = _upsamplers[0].GetRow(y);
        if (_color == JpegColor.Gray)
        {
            ColorConversion.FromGray(first, rgb);
            return;
        }

        ReadOnlySpan<byte> second = _upsamplers[1].GetRow(y);
        ReadOnlySpan<byte> third = _upsamplers[2].GetRow(y);
        switch (_color)
        {
            case JpegColor.Rgb:
                ColorConversion.FromRgb(first, second, third, rgb);
                break;
            case JpegColor.Cmyk:
                ColorConversion.FromCmyk(first, second, third, _upsamplers[3].GetRow(y), rgb);
                break;
            case JpegColor.Ycck:
                ColorConversion.FromYcck(first, second, third, _upsamplers[3].GetRow(y), rgb);
                break;
            default:
                ColorConversion.FromYCbCr(first, second, third, rgb);
                break;
        }
    }
}
