namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>One more bit of a band of AC coefficients in progressive JPEG (ITU-T T.81, G.1.2.3).</summary>
/// <remarks>Runs count only coefficients that are still zero; each other one that is passed gets a bit of its own.</remarks>
internal struct ProgressiveAcRefinement(JpegScan scan) : IBlockCoding
{
    private readonly int _first = scan.FirstCoefficient;
    private readonly int _last = scan.LastCoefficient;
    private readonly short _one = (short)(1 << scan.LowBit);

    /// <summary>Blocks still to come, with the current one, in which no coefficient of the band becomes nonzero.</summary>
    private int _endedBlocks;

    public void Decode(ref BitReader bits, JpegComponent component, Span<short> block)
    {
        int place = _first;
        while (_endedBlocks == 0 && place <= _last)
        {
            int symbol = bits.ReadSymbol(component.AcTable!);
            int run = symbol >> 4;
            int category = symbol & 15;
            if (category == 0 && run < 15)
            {
                _endedBlocks = (1 << run) + bits.ReadBits(run);
                break;
            }

            if (category > 1)
                throw JpegFaultException.Damaged("a scan that adds one bit codes a value of several");
            int value = category == 0 ? 0 : bits.ReadBit() == 0 ? -_one : _one;
            place = RefineUntilZeros(ref bits, block, place, run);
            if (value != 0)
            {
                if (place > _last)
                    throw SequentialCoding.BeyondBlock(ref bits);
                block[ZigZag.ToNatural[place]] = (short)value;
            }

            place++;
        }

        if (_endedBlocks > 0)
        {
            RefineUntilZeros(ref bits, block, place, JpegComponent.BlockLength);
            _endedBlocks--;
        }
    }

    public void Restart() => _endedBlocks = 0;

    /// <summary>Goes over a number of zeros, refines what is not zero on the way, and returns the place of the next zero.</summary>
    private readonly int RefineUntilZeros(ref BitReader bits, Span<short> block, int place, int zeros)
    {
        for (; place <= _last; place++)
        {
            ref short coefficient = ref block[ZigZag.ToNatural[place]];
            if (coefficient == 0)
            {
                if (zeros-- == 0)
                    break;
            }
            else if (bits.ReadBit() != 0 && (coefficient & _one) == 0)
            {
                coefficient += coefficient > 0 ? _one : (short)-_one;
            }
        }

        return place;
    }
}
