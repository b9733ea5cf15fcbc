namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>A prefix code, decoded by looking up the next bits.</summary>
/// <remarks>
/// <para>
/// An entry of the lookup answers for every continuation of its <see cref="LookupBits"/> bits. Where a code and the value bits behind it
/// fit into them, which is most of the time, one access gives the run, the value and how many bits to drop. Layout, from the low end:
/// </para>
/// <list type="bullet">
/// <item>bits 0 to 7: how many bits to drop; 0 says that the code is longer than the lookup;</item>
/// <item>bits 8 to 15: the coded symbol, or where there is a value the run of zeros before it plus one;</item>
/// <item>bits 16 to 31: the value, signed; 0 says that the value bits are not in the lookup.</item>
/// </list>
/// </remarks>
internal sealed class HuffmanTable
{
    /// <summary>How many bits are looked up at once.</summary>
    public const int LookupBits = 10;

    /// <summary>The longest code.</summary>
    public const int MaxCodeBits = 16;

    private const int MaxDcCategory = 15;

    private readonly int[] _lookup = new int[1 << LookupBits];
    private readonly byte[] _symbols;

    /// <summary>For each code length the first 16 bits, left-aligned, that are beyond its codes.</summary>
    private readonly int[] _beyond = new int[MaxCodeBits + 1];

    /// <summary>For each code length what to add to a code to get its place among the symbols.</summary>
    private readonly int[] _toSymbol = new int[MaxCodeBits + 1];

    private HuffmanTable(byte[] symbols) => _symbols = symbols;

    /// <summary>The lookup, 2^<see cref="LookupBits"/> entries.</summary>
    public ReadOnlySpan<int> Lookup => _lookup;

    /// <summary>Builds the code.</summary>
    /// <param name="counts">How many codes there are of each length from 1 to 16.</param>
    /// <param name="symbols">The symbols, shortest codes first.</param>
    /// <param name="isDc">Whether symbols are categories of DC differences rather than runs and categories.</param>
    /// <param name="withValues">Whether the lookup also holds the values behind the codes.</param>
    public static HuffmanTable Create(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols, bool isDc, bool withValues)
    {
        if (isDc && symbols.ContainsAnyExceptInRange((byte)0, (byte)MaxDcCategory))
            throw JpegFaultException.Damaged("a Huffman table for DC differences has categories beyond 15");
        HuffmanTable table = new(symbols.ToArray());
        int code = 0;
        int next = 0;
        for (int length = 1; length <= MaxCodeBits; length++, code <<= 1)
        {
            table._toSymbol[length] = next - code;
            int count = counts[length - 1];
            // The code of ones alone is kept free.
            if (count > 0 && code + count >= 1 << length)
                throw JpegFaultException.Damaged("a Huffman table has more codes than fit");
            for (int i = 0; i < count; i++, code++, next++)
            {
                if (length <= LookupBits)
                    table.FillLookup(code, length, symbols[next], withValues);
            }

            table._beyond[length] = code << (MaxCodeBits - length);
        }

        return table;
    }

    /// <summary>Finds the code that the next 16 bits begin with, in a table without values.</summary>
    /// <returns>The length of the code.</returns>
    public int FindCode(int next, out int symbol)
    {
        int entry = _lookup[next >> (MaxCodeBits - LookupBits)];
        int length = entry & 0xFF;
        symbol = length > 0 ? entry >> 8 : FindLong(next, out length);
        return length;
    }

    /// <summary>Finds the code that the next 16 bits begin with, where it is longer than the lookup.</summary>
    /// <param name="next">The next 16 bits.</param>
    /// <param name="length">The length of the code.</param>
    /// <returns>The symbol.</returns>
    public int FindLong(int next, out int length)
    {
        for (length = LookupBits + 1; length <= MaxCodeBits; length++)
        {
            if (next < _beyond[length])
            {
                int place = (next >> (MaxCodeBits - length)) + _toSymbol[length];
                if ((uint)place < (uint)_symbols.Length)
                    return _symbols[place];
            }
        }

        throw JpegFaultException.Damaged("its data hold a code that is in no Huffman table");
    }

    /// <summary>The signed value of a category's bits: those that begin with 0 are negative (ITU-T T.81, F.2.2.1).</summary>
    public static int Extend(int bits, int category)
    {
        int isNegative = (bits - (1 << category >> 1)) >> 31;
        return bits + (isNegative & (1 - (1 << category)));
    }

    private void FillLookup(int code, int length, byte symbol, bool withValues)
    {
        int free = LookupBits - length;
        int category = symbol & 15;
        for (int rest = 0; rest < 1 << free; rest++)
        {
            int entry = symbol << 8 | length;
            if (withValues && category > 0 && category <= free)
            {
                int value = Extend(rest >> (free - category), category);
                entry = value << 16 | ((symbol >> 4) + 1) << 8 | (length + category);
            }

            _lookup[code << free | rest] = entry;
        }
    }
}
