using System.Buffers.Binary;

namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>The four slots for quantization tables (DQT).</summary>
internal sealed class QuantizationTables
{
    private const int Slots = 4;

    private readonly short[]?[] _tables = new short[Slots][];

    /// <summary>Reads the tables of one segment.</summary>
    public void Read(ReadOnlySpan<byte> segment)
    {
        while (!segment.IsEmpty)
        {
            bool sixteenBits = segment[0] >> 4 != 0;
            int slot = segment[0] & 15;
            int bytes = JpegComponent.BlockLength * (sixteenBits ? 2 : 1);
            if (slot >= Slots || segment.Length <= bytes)
                throw JpegFaultException.Damaged("a quantization table has a wrong number or is too short");
            short[] table = new short[JpegComponent.BlockLength];
            ReadOnlySpan<byte> values = segment.Slice(1, bytes);
            for (int i = 0; i < table.Length; i++)
                table[ZigZag.ToNatural[i]] = sixteenBits ? BinaryPrimitives.ReadInt16BigEndian(values[(2 * i)..]) : values[i];
            _tables[slot] = table;
            segment = segment[(1 + bytes)..];
        }
    }

    /// <summary>The table in a slot, in natural order; 16-bit entries keep their bits.</summary>
    public short[] Get(int slot) =>
        _tables[slot] ?? throw JpegFaultException.Damaged($"quantization table {slot} is used and not defined");
}
