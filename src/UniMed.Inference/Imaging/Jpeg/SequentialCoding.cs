namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>All coefficients of a block at once: baseline and extended sequential JPEG (ITU-T T.81, F.2.2).</summary>
internal struct SequentialCoding : IBlockCoding
{
    public readonly void Decode(ref BitReader bits, JpegComponent component, Span<short> block)
    {
        int category = bits.ReadSymbol(component.DcTable!);
        component.DcPrediction += bits.ReadValue(category);
        block[0] = (short)component.DcPrediction;

        HuffmanTable table = component.AcTable!;
        ReadOnlySpan<int> lookup = table.Lookup;
        ReadOnlySpan<byte> toNatural = ZigZag.ToNatural;
        ReadOnlySpan<byte> data = bits.Data;
        int end = bits.Length;
        ulong buffer = bits.Buffer;
        int count = bits.Count;
        int position = bits.Position;
        int place = 0;
        while (place < JpegComponent.BlockLength - 1)
        {
            BitReader.FillUp(data, end, ref buffer, ref count, ref position);
            int entry = lookup[(int)(buffer >> (64 - HuffmanTable.LookupBits))];
            int length = entry & 0xFF;
            int value = entry >> 16;
            if (value != 0)
            {
                place += entry >> 8 & 0xFF;
            }
            else
            {
                int symbol = length > 0 ? entry >> 8 : table.FindLong((int)(buffer >> 48), out length);
                category = symbol & 15;
                if (category == 0)
                {
                    buffer <<= length;
                    count -= length;
                    // Sixteen zeros, or the end of the block.
                    if (symbol != 0xF0)
                        break;
                    place += 16;
                    continue;
                }

                value = HuffmanTable.Extend((int)(buffer << length >> (64 - category)), category);
                length += category;
                place += (symbol >> 4) + 1;
            }

            buffer <<= length;
            count -= length;
            if (place >= JpegComponent.BlockLength)
                break;
            block[toNatural[place]] = (short)value;
        }

        bits.Buffer = buffer;
        bits.Count = count;
        bits.Position = position;
        if (place >= JpegComponent.BlockLength)
            throw BeyondBlock(ref bits);
    }

    public readonly void Restart()
    {
    }

    /// <summary>The fault of a run that leaves its block.</summary>
    public static JpegFaultException BeyondBlock(ref BitReader bits)
    {
        bits.RequireNotOverrun();
        return JpegFaultException.Damaged("a block has more than 64 coefficients");
    }
}
