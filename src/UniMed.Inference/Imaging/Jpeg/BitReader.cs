using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>Reads bits, the highest first, from entropy-coded data that are free of stuffed bytes.</summary>
/// <remarks>
/// <para>
/// Behind the end it reads zeros and remembers that it did: asking once for each row of units (<see cref="RequireNotOverrun"/>) is enough,
/// and the way of each bit stays free of branches.
/// </para>
/// <para>
/// The buffer holds <see cref="Count"/> valid bits at its high end. Below them may lie bits of the following bytes; filling up puts the
/// same bits there again. A loop that decodes many codes copies the fields to locals, which the compiler keeps in registers.
/// </para>
/// </remarks>
/// <param name="data">The data, with <see cref="Padding"/> zero bytes behind their end.</param>
/// <param name="length">Bytes without the padding.</param>
internal ref struct BitReader(ReadOnlySpan<byte> data, int length)
{
    /// <summary>Zero bytes that follow the data.</summary>
    public const int Padding = sizeof(ulong);

    /// <summary>As many bits are there after filling up: the longest code and the longest value fit into them.</summary>
    public const int EnoughBits = 32;

    /// <summary>The data and the padding.</summary>
    public readonly ReadOnlySpan<byte> Data = data;

    /// <summary>Bytes without the padding.</summary>
    public readonly int Length = length;

    /// <summary>The next byte to be put into the buffer.</summary>
    public int Position;

    /// <summary>The next bits, left-aligned.</summary>
    public ulong Buffer;

    /// <summary>How many bits of the buffer are valid.</summary>
    public int Count;

    /// <summary>Fills the buffer up so that it has at least <see cref="EnoughBits"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FillUp(ReadOnlySpan<byte> data, int length, ref ulong buffer, ref int count, ref int position)
    {
        if (count >= EnoughBits)
            return;
        buffer |= BinaryPrimitives.ReadUInt64BigEndian(data[Math.Min(position, length)..]) >> count;
        int bytes = (63 - count) >> 3;
        position += bytes;
        count += 8 * bytes;
    }

    /// <summary>Reads one bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadBit()
    {
        FillUp(Data, Length, ref Buffer, ref Count, ref Position);
        int bit = (int)(Buffer >> 63);
        Drop(1);
        return bit;
    }

    /// <summary>Reads 0 to 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadBits(int bits)
    {
        FillUp(Data, Length, ref Buffer, ref Count, ref Position);
        int value = (int)(Buffer >> 32 >> (32 - bits));
        Drop(bits);
        return value;
    }

    /// <summary>Reads a code without the value bits behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadSymbol(HuffmanTable table)
    {
        FillUp(Data, Length, ref Buffer, ref Count, ref Position);
        int length = table.FindCode((int)(Buffer >> 48), out int symbol);
        Drop(length);
        return symbol;
    }

    /// <summary>Reads a value of a category.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadValue(int category) => HuffmanTable.Extend(ReadBits(category), category);

    /// <summary>Throws where more bits were read than there are.</summary>
    public readonly void RequireNotOverrun()
    {
        if (8L * Position - Count > 8L * Length)
            throw JpegFaultException.CutOff();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Drop(int bits)
    {
        Buffer <<= bits;
        Count -= bits;
    }
}
