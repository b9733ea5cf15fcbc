namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>The samples of one component in the last two rows of units: as much as upsampling needs to look back and ahead.</summary>
internal sealed class SampleRing
{
    private const int KeptUnitRows = 2;

    private readonly JpegComponent _component;
    private readonly int _stride;
    private readonly int _rows;
    private readonly byte[] _samples;

    public SampleRing(JpegComponent component)
    {
        _component = component;
        _stride = component.PaddedBlocksAcross * JpegComponent.BlockSide;
        _rows = KeptUnitRows * component.Vertical * JpegComponent.BlockSide;
        _samples = new byte[_stride * _rows];
    }

    /// <summary>Transforms a row of units.</summary>
    /// <param name="unitRow">Its number.</param>
    /// <param name="coefficients">Its coefficients, <see cref="JpegComponent.Vertical"/> rows of blocks.</param>
    public void Add(int unitRow, ReadOnlySpan<short> coefficients)
    {
        short[] quantization = _component.Quantization!;
        for (int y = 0; y < _component.Vertical; y++)
        {
            int top = (unitRow * _component.Vertical + y) * JpegComponent.BlockSide % _rows;
            Span<byte> samples = _samples.AsSpan(top * _stride, JpegComponent.BlockSide * _stride);
            // Blocks that only fill up the last unit hold nothing of the picture.
            for (int x = 0; x < _component.BlocksAcross; x++)
            {
                int block = (y * _component.PaddedBlocksAcross + x) * JpegComponent.BlockLength;
                InverseDct.Transform(
                    coefficients.Slice(block, JpegComponent.BlockLength), quantization, samples[(x * JpegComponent.BlockSide)..], _stride);
            }
        }
    }

    /// <summary>A row of samples that belong to the picture; rows beyond its edges repeat the outermost.</summary>
    public ReadOnlySpan<byte> GetRow(int row) =>
        _samples.AsSpan(Math.Clamp(row, 0, _component.Height - 1) % _rows * _stride, _component.Width);
}
