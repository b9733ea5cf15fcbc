using System.Buffers.Binary;

namespace UniMed.Inference.Imaging.Gif;

/// <summary>What a GIF file says of its first frame, where Pillow and ImageSharp differ.</summary>
/// <remarks>
/// ImageSharp leaves transparent pixels and what the frame does not cover empty. Pillow keeps the palette's colour of transparent
/// pixels, and fills the uncovered part with the transparent colour, or with colour 0 where there is none. ImageSharp also leaves
/// missing pixels empty without a word, so that they are counted here first.
/// </remarks>
/// <param name="Left">First column that the frame covers.</param>
/// <param name="Top">First row that the frame covers.</param>
/// <param name="Width">Columns that the frame covers.</param>
/// <param name="Height">Rows that the frame covers.</param>
/// <param name="TransparencyFlag">Index in the file of the byte whose lowest bit says that one colour is transparent; -1 for none.</param>
/// <param name="Fill">Red, green and blue of the uncovered part, from the lowest byte up.</param>
/// <param name="End">Index in the file of the first byte after the frame.</param>
internal readonly record struct GifFirstFrame(int Left, int Top, int Width, int Height, int TransparencyFlag, int Fill, int End)
{
    private const byte Extension = 0x21;
    private const byte GraphicControl = 0xF9;
    private const byte ImageDescriptor = 0x2C;
    private const byte Trailer = 0x3B;

    /// <summary>Reads the first frame's description, and checks that all of its pixels are there.</summary>
    /// <exception cref="ImageException">They are not, the frame has no colours, or the picture is beyond the limits.</exception>
    public static GifFirstFrame Read(ReadOnlySpan<byte> gif, ImageLimits limits, string name)
    {
        ReadOnlySpan<byte> rest = gif;
        ReadOnlySpan<byte> screen = Take(ref rest, 13, name);
        limits.RequireSize(BinaryPrimitives.ReadUInt16LittleEndian(screen[6..]), BinaryPrimitives.ReadUInt16LittleEndian(screen[8..]), name);
        ReadOnlySpan<byte> palette = TakePalette(ref rest, screen[10], name);
        int transparencyFlag = -1;
        int transparentIndex = 0;
        byte block = Take(ref rest, 1, name)[0];
        while (block == Extension)
        {
            byte label = Take(ref rest, 1, name)[0];
            int flags = gif.Length - rest.Length + 1;
            ReadOnlySpan<byte> content = TakeSubBlock(ref rest, name);
            if (label == GraphicControl && content.Length >= 4)
            {
                bool transparent = (content[0] & 1) != 0;
                transparencyFlag = transparent ? flags : -1;
                transparentIndex = transparent ? content[3] : 0;
            }

            while (!content.IsEmpty)
                content = TakeSubBlock(ref rest, name);
            block = Take(ref rest, 1, name)[0];
        }

        if (block != ImageDescriptor)
            throw new ImageException($"{name}: the GIF file is damaged: it has no first frame. Fetch the file again.");
        ReadOnlySpan<byte> descriptor = Take(ref rest, 9, name);
        ReadOnlySpan<byte> local = TakePalette(ref rest, descriptor[8], name);
        palette = local.IsEmpty ? palette : local;
        if (palette.IsEmpty)
            throw new ImageException($"{name}: the GIF file has no colour table for its first frame. Convert it to PNG.");

        int width = BinaryPrimitives.ReadUInt16LittleEndian(descriptor[4..]);
        int height = BinaryPrimitives.ReadUInt16LittleEndian(descriptor[6..]);
        limits.RequireSize(width, height, name);
        RequirePixels(ref rest, (long)width * height, name);
        int color = transparentIndex * 3;
        return new(
            BinaryPrimitives.ReadUInt16LittleEndian(descriptor),
            BinaryPrimitives.ReadUInt16LittleEndian(descriptor[2..]),
            width,
            height,
            transparencyFlag,
            color < palette.Length ? palette[color] | palette[color + 1] << 8 | palette[color + 2] << 16 : 0,
            gif.Length - rest.Length);
    }

    /// <summary>A file of the first frame alone, without transparency, from the file it was read from.</summary>
    public byte[] ToOpaqueFile(ReadOnlySpan<byte> gif)
    {
        byte[] opaque = [.. gif[..End], Trailer];
        if (TransparencyFlag >= 0)
            opaque[TransparencyFlag] &= 0xFE;
        return opaque;
    }

    /// <summary>Gives the pixels that the frame does not cover their colour.</summary>
    /// <param name="rgb">The picture, 3 * width * height bytes.</param>
    /// <param name="width">Columns of the picture.</param>
    public void FillUncovered(Span<byte> rgb, int width)
    {
        for (int i = 0; i < rgb.Length; i += 3)
        {
            (int y, int x) = Math.DivRem(i / 3, width);
            if (x >= Left && x < Left + Width && y >= Top && y < Top + Height)
                continue;
            rgb[i] = (byte)Fill;
            rgb[i + 1] = (byte)(Fill >> 8);
            rgb[i + 2] = (byte)(Fill >> 16);
        }
    }

    private static void RequirePixels(ref ReadOnlySpan<byte> rest, long pixels, string name)
    {
        int codeSize = Take(ref rest, 1, name)[0];
        using MemoryStream data = new(rest.Length);
        for (ReadOnlySpan<byte> content = TakeSubBlock(ref rest, name); !content.IsEmpty; content = TakeSubBlock(ref rest, name))
            data.Write(content);
        if (!GifLzw.HasPixels(data.GetBuffer().AsSpan(0, (int)data.Length), codeSize, pixels))
            throw new ImageException($"{name}: the GIF file is cut off or damaged: pixels of its first frame are missing. Fetch the file again.");
    }

    private static ReadOnlySpan<byte> TakePalette(ref ReadOnlySpan<byte> rest, byte flags, string name) =>
        (flags & 0x80) == 0 ? [] : Take(ref rest, 3 << (flags & 7) + 1, name);

    private static ReadOnlySpan<byte> TakeSubBlock(ref ReadOnlySpan<byte> rest, string name) =>
        Take(ref rest, Take(ref rest, 1, name)[0], name);

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, int count, string name)
    {
        if (count > rest.Length)
            throw new ImageException($"{name}: the GIF file is cut off before the end of its first frame. Fetch the file again.");
        ReadOnlySpan<byte> taken = rest[..count];
        rest = rest[count..];
        return taken;
    }
}
