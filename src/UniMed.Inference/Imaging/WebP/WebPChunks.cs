using System.Buffers.Binary;

namespace UniMed.Inference.Imaging.WebP;

/// <summary>The chunks of a WebP file, checked against the file.</summary>
/// <remarks>
/// ImageSharp goes on where the data end: with what its buffer held, and with zeros behind that. Chunks are therefore measured here, and
/// of each picture two files are made that differ only in what follows its data. A picture that is whole is the same in both.
/// </remarks>
internal static class WebPChunks
{
    /// <summary>What follows the data in the two files: bytes whose bits all differ.</summary>
    private static readonly byte[] Fillings = [0x55, 0xAA];

    private const int FillingBytes = 256;
    private const int RiffHeader = 12;
    private const int ChunkHeader = 8;
    private const int FrameHeader = 16;
    private const byte AnimationFlag = 0x02;

    /// <summary>Clears the flags of EXIF and XMP, whose chunks come after the picture and are left out.</summary>
    private const byte NoMetadataBehind = 0xF3;

    /// <summary>Two files of one still picture, the file's own or the first frame of an animation; they decode to the same where it is whole.</summary>
    /// <exception cref="ImageException">The file is damaged or cut off, or its first frame is smaller than the animation.</exception>
    public static byte[][] ToStills(ReadOnlySpan<byte> webp, string name) => ToStills(webp, isFrame: false, name);

    /// <summary>The error for a file that does not keep to the format.</summary>
    public static ImageException Damaged(string name, string why) =>
        new($"{name}: the WebP file is damaged or cut off: {why}. Fetch the file again.");

    /// <summary>A frame of an animation holds no further frames: read as it nests, a small file would need a stack of any depth.</summary>
    private static byte[][] ToStills(ReadOnlySpan<byte> webp, bool isFrame, string name)
    {
        long end = BinaryPrimitives.ReadUInt32LittleEndian(webp[4..]) + 8L;
        if (end > webp.Length)
            throw Damaged(name, $"it says that it has {end} bytes, and has {webp.Length}");
        ReadOnlySpan<byte> extended = default;
        ReadOnlySpan<byte> rest = end < RiffHeader ? [] : webp[RiffHeader..(int)end];
        while (!rest.IsEmpty)
        {
            int start = (int)end - rest.Length;
            ReadOnlySpan<byte> type = rest[..Math.Min(4, rest.Length)];
            ReadOnlySpan<byte> content = TakeChunk(ref rest, name);
            if (type.SequenceEqual("VP8X"u8))
                extended = content;
            else if (type.SequenceEqual("VP8 "u8) || type.SequenceEqual("VP8L"u8))
                return Fill(webp, start, content, isLossy: type[3] == ' ', name);
            else if (type.SequenceEqual("ANMF"u8))
                return isFrame ? throw Damaged(name, "a frame of its animation holds another frame") : ToStills(FirstFrame(extended, content, name), isFrame: true, name);
        }

        throw Damaged(name, "it holds no picture");
    }

    private static byte[][] Fill(ReadOnlySpan<byte> webp, int start, ReadOnlySpan<byte> content, bool isLossy, string name)
    {
        // A lossy picture begins with the length of its first part; the parts after it fill the chunk.
        const int FrameTag = 10;
        if (content.Length < FrameTag || (isLossy && ((content[0] | content[1] << 8 | content[2] << 16) >> 5) > content.Length - FrameTag))
            throw Damaged(name, "its picture is shorter than it says");

        byte[][] files = new byte[Fillings.Length][];
        for (int i = 0; i < files.Length; i++)
        {
            int contentStart = start + ChunkHeader;
            int length = content.Length + FillingBytes;
            byte[] file = new byte[contentStart + length + (length & 1)];
            webp[..(contentStart + content.Length)].CopyTo(file);
            file.AsSpan(contentStart + content.Length).Fill(Fillings[i]);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(start + 4), length);
            if (file.AsSpan(RiffHeader).StartsWith("VP8X"u8))
                file[RiffHeader + ChunkHeader] &= NoMetadataBehind;
            files[i] = file;
        }

        return files;
    }

    private static byte[] FirstFrame(ReadOnlySpan<byte> extended, ReadOnlySpan<byte> frame, string name)
    {
        if (extended.Length < 10 || frame.Length < FrameHeader)
            throw Damaged(name, "its first frame is cut off");

        // Canvas and frame: three bytes for width - 1 and for height - 1; a frame that fills the canvas begins at 0, 0.
        if (!extended.Slice(4, 6).SequenceEqual(frame.Slice(6, 6)) || frame[..6].ContainsAnyExcept((byte)0))
        {
            throw new ImageException(
                $"{name}: the first frame of this animated WebP does not fill the picture, which is not read. Save the frame you mean as PNG.");
        }

        ReadOnlySpan<byte> chunks = frame[FrameHeader..];
        byte[] still = new byte[RiffHeader + ChunkHeader + extended.Length + chunks.Length];
        "RIFF"u8.CopyTo(still);
        BinaryPrimitives.WriteInt32LittleEndian(still.AsSpan(4), still.Length - 8);
        "WEBPVP8X"u8.CopyTo(still.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(still.AsSpan(16), extended.Length);
        extended.CopyTo(still.AsSpan(20));
        still[20] = (byte)(extended[0] & ~AnimationFlag);
        chunks.CopyTo(still.AsSpan(20 + extended.Length));
        return still;
    }

    private static ReadOnlySpan<byte> TakeChunk(scoped ref ReadOnlySpan<byte> rest, string name)
    {
        uint length = rest.Length < ChunkHeader ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
        if (length > rest.Length - ChunkHeader)
            throw Damaged(name, "a chunk reaches beyond its end");
        ReadOnlySpan<byte> content = rest.Slice(ChunkHeader, (int)length);
        rest = rest[Math.Min(ChunkHeader + (int)length + (int)(length & 1), rest.Length)..];
        return content;
    }
}
