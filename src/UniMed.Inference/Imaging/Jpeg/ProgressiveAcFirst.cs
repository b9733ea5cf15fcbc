namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>The first bits of a band of AC coefficients in progressive JPEG (ITU-T T.81, G.1.2.2).</summary>
internal struct ProgressiveAcFirst(JpegScan scan) : IBlockCoding
{
    private readonly int _first = scan.FirstCoefficient;
    private readonly int _last = scan.LastCoefficient;
    private readonly int _lowBit = scan.LowBit;

    /// <summary>Blocks still to come in which the band has nothing more.</summary>
    private int _endedBlocks;

    public void Decode(ref BitReader bits, JpegComponent component, Span<short> block)
    {
        if (_endedBlocks > 0)
        {
            _endedBlocks--;
            return;
        }

        for (int place = _first; place <= _last; place++)
        {
            int symbol = bits.ReadSymbol(component.AcTable!);
            int run = symbol >> 4;
            int category = symbol & 15;
            if (category == 0 && run < 15)
            {
                _endedBlocks = (1 << run) + bits.ReadBits(run) - 1;
                return;
            }

            place += run;
            if (category == 0)
                continue;
            int value = bits.ReadValue(category);
            if (place > _last)
                throw SequentialCoding.BeyondBlock(ref bits);
            block[ZigZag.ToNatural[place]] = (short)(value << _lowBit);
        }
    }

    public void Restart() => _endedBlocks = 0;
}
