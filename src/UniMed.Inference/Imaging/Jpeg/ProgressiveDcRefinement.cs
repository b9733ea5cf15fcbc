namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>One more bit of DC coefficients in progressive JPEG (ITU-T T.81, G.1.2.1).</summary>
/// <param name="lowBit">Which bit.</param>
internal readonly struct ProgressiveDcRefinement(int lowBit) : IBlockCoding
{
    public void Decode(ref BitReader bits, JpegComponent component, Span<short> block) =>
        block[0] |= (short)(bits.ReadBit() << lowBit);

    public void Restart()
    {
    }
}
