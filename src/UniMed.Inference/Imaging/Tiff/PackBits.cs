namespace UniMed.Inference.Imaging.Tiff;

/// <summary>Apple's run lengths, TIFF's PackBits.</summary>
internal static class PackBits
{
    private const int Nothing = -128;

    /// <summary>Fills a block.</summary>
    /// <returns>False where the data end before the block does.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> data, Span<byte> block)
    {
        while (!block.IsEmpty)
        {
            if (data.Length < 2)
                return false;
            int head = (sbyte)data[0];
            data = data[1..];
            if (head == Nothing)
                continue;

            int count = Math.Min(head >= 0 ? head + 1 : 1 - head, block.Length);
            if (head < 0)
            {
                block[..count].Fill(data[0]);
                data = data[1..];
            }
            else
            {
                if (data.Length < count)
                    return false;
                data[..count].CopyTo(block);
                data = data[count..];
            }

            block = block[count..];
        }

        return true;
    }
}
