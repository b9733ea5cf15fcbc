namespace UniMed.Inference.Imaging.Tiff;

/// <summary>TIFF's LZW: codes of 9 to 12 bits, highest bit first, one code early.</summary>
internal static class TiffLzw
{
    private const int Clear = 256;
    private const int End = 257;
    private const int FirstFree = 258;
    private const int Codes = 4096;
    private const int FewestBits = 9;
    private const int MaxBits = 12;

    /// <summary>Whether data are in the older order of bits that was given up before TIFF 5.0.</summary>
    public static bool IsOldStyle(ReadOnlySpan<byte> data) => data.Length > 1 && data[0] == 0 && (data[1] & 1) != 0;

    /// <summary>Fills a block.</summary>
    /// <returns>False where the data are damaged or end before the block does.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> data, Span<byte> block)
    {
        // A string is what the block already holds at the place where it was first made.
        Span<int> start = stackalloc int[Codes];
        Span<int> length = stackalloc int[Codes];
        int next = FirstFree;
        int bits = FewestBits;
        int previousStart = -1;
        int previousLength = 0;
        int filled = 0;
        uint buffer = 0;
        int buffered = 0;
        int position = 0;
        while (filled < block.Length)
        {
            for (; buffered < bits; buffered += 8)
            {
                if (position == data.Length)
                    return false;
                buffer = buffer << 8 | data[position++];
            }

            buffered -= bits;
            int code = (int)(buffer >> buffered) & (1 << bits) - 1;
            if (code == End)
                return false;
            if (code == Clear)
            {
                next = FirstFree;
                bits = FewestBits;
                previousStart = -1;
                continue;
            }

            int at = filled;
            if (code < Clear)
            {
                block[filled++] = (byte)code;
            }
            else
            {
                bool isNew = code == next;
                if (previousStart < 0 || code > next || code >= Codes)
                    return false;
                int from = isNew ? previousStart : start[code];
                int count = Math.Min(isNew ? previousLength + 1 : length[code], block.Length - filled);
                for (int i = 0; i < count; i++)
                    block[filled++] = block[from + i];
            }

            if (previousStart >= 0 && next < Codes)
            {
                start[next] = previousStart;
                length[next] = previousLength + 1;
                next++;
                if (next == (1 << bits) - 1 && bits < MaxBits)
                    bits++;
            }

            previousStart = at;
            previousLength = filled - at;
        }

        return true;
    }
}
