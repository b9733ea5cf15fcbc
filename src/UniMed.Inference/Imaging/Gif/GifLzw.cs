namespace UniMed.Inference.Imaging.Gif;

/// <summary>Counts the pixels that GIF's LZW data stand for, without making them.</summary>
internal static class GifLzw
{
    private const int Codes = 4096;
    private const int MaxBits = 12;

    /// <summary>Whether data hold at least that many pixels before they end, or become damaged.</summary>
    /// <param name="data">The sub-blocks of a frame, joined.</param>
    /// <param name="codeSize">The number before the first sub-block.</param>
    /// <param name="pixels">Pixels that the frame has.</param>
    public static bool HasPixels(ReadOnlySpan<byte> data, int codeSize, long pixels)
    {
        if (codeSize is < 1 or > 8)
            return false;
        int clear = 1 << codeSize;
        Span<int> length = stackalloc int[Codes];
        length[..clear].Fill(1);

        int next = clear + 2;
        int bits = codeSize + 1;
        int previous = -1;
        uint buffer = 0;
        int buffered = 0;
        int position = 0;
        while (pixels > 0)
        {
            for (; buffered < bits; buffered += 8)
            {
                if (position == data.Length)
                    return false;
                buffer |= (uint)data[position++] << buffered;
            }

            int code = (int)buffer & (1 << bits) - 1;
            buffer >>= bits;
            buffered -= bits;
            if (code == clear)
            {
                next = clear + 2;
                bits = codeSize + 1;
                previous = -1;
                continue;
            }

            bool isNew = code == next && previous >= 0 && next < Codes;
            bool isKnown = code < clear || (code > clear + 1 && code < next && previous >= 0);
            if (!isNew && !isKnown)
                return false;
            if (previous >= 0 && next < Codes)
            {
                length[next++] = length[previous] + 1;
                if (next == 1 << bits && bits < MaxBits)
                    bits++;
            }

            pixels -= length[code];
            previous = code;
        }

        return true;
    }
}
