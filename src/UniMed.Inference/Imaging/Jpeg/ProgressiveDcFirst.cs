namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>The first bits of DC coefficients in progressive JPEG (ITU-T T.81, G.1.2.1).</summary>
/// <param name="lowBit">How many low bits come later.</param>
internal readonly struct ProgressiveDcFirst(int lowBit) : IBlockCoding
{
    public void Decode(ref BitReader bits, JpegComponent component, Span<short> block)
    {
        component.DcPrediction += bits.ReadValue(bits.ReadSymbol(component.DcTable!));
        block[0] = (short)(component.DcPrediction << lowBit);
    }

    public void Restart()
    {
    }
}
