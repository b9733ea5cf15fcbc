using System.Buffers.Binary;
using Xunit;

namespace UniMed.Inference.Tests.Imaging;

/// <summary>What a hostile file costs is bounded by the picture and the file: stack, memory and work.</summary>
public class BoundedDecodingTests
{
    private const ushort Width = 256, Height = 257, Bits = 258, Compression = 259, Photometric = 262, FillOrder = 266, StripOffsets = 273, Samples = 277, RowsPerStrip = 278, StripCounts = 279;

    [Fact]
    public void Frames_nested_in_frames_of_a_WebP_are_damage_on_the_smallest_stack()
    {
        byte[] webp = NestedFrames(15_000);
        Exception? thrown = null;
        var small = new Thread(() => thrown = Record.Exception(() => MedicalImage.Decode(webp, source: "nested.webp")), maxStackSize: 256 << 10);
        small.Start();
        small.Join();

        Assert.StartsWith("nested.webp: ", Assert.IsType<ImageException>(thrown).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1u, 0b0000_0101)]
    [InlineData(2u, 0b1010_0000)]
    public void Strips_that_overlap_are_reversed_once(uint fillOrder, byte expected)
    {
        const int Rows = 2000;
        byte[] data = new byte[200_000];
        data.AsSpan().Fill(5);
        TiffFile tiff = Gray(8, Rows).With(FillOrder, fillOrder).With(RowsPerStrip, 1).With(StripOffsets, new uint[Rows]).With(StripCounts, new uint[Rows]);
        tiff.With(StripOffsets, [.. Enumerable.Repeat((uint)tiff.DataStart, Rows)]).With(StripCounts, [.. Enumerable.Repeat((uint)data.Length, Rows)]);
        byte[] file = tiff.ToArray(data);

        long before = GC.GetAllocatedBytesForCurrentThread();
        MedicalImage image = MedicalImage.Decode(file);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.All(image.Rgb.ToArray(), value => Assert.Equal(expected, value));
        Assert.InRange(allocated, 1, 4_000_000);
    }

    [Fact]
    public void Of_a_tag_with_millions_of_numbers_those_of_use_are_kept()
    {
        const int Many = 1_000_000;
        TiffFile tiff = Gray(1, 1).With(Bits, Ones(Many, 8)).With(RowsPerStrip, Ones(Many, 1)).With(StripCounts, Ones(Many, 1)).With(StripOffsets, 8);
        byte[] file = tiff.ToArray([7]);

        long before = GC.GetAllocatedBytesForCurrentThread();
        MedicalImage image = MedicalImage.Decode(file);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(3, image.Rgb.Length);
        Assert.InRange(allocated, 1, 100_000);

        static uint[] Ones(int count, uint value) => [.. Enumerable.Repeat(value, count)];
    }

    [Fact]
    public void A_row_larger_than_an_array_is_refused_by_name()
    {
        ImageDecodeOptions options = new() { Limits = new ImageLimits { MaxDimension = int.MaxValue, MaxPixels = long.MaxValue } };
        byte[] file = Gray(500_000_000, 1).With(Bits, 32).With(Samples, 4).With(RowsPerStrip, 1).With(StripOffsets, 8).With(StripCounts, 1).ToArray([0]);

        Assert.Contains("larger than an array", Assert.Throws<ImageException>(() => MedicalImage.Decode(file, options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_deflated_strip_of_no_bytes_is_damage()
    {
        byte[] file = Gray(1, 1).With(Compression, 8).With(RowsPerStrip, 1).With(StripOffsets, 8).With(StripCounts, 0).ToArray([]);

        Assert.Contains("ends before its last row", Assert.Throws<ImageException>(() => MedicalImage.Decode(file)).Message, StringComparison.Ordinal);
    }

    private static TiffFile Gray(uint width, uint height) => new TiffFile().With(Width, width).With(Height, height).With(Bits, 8).With(Compression, 1).With(Photometric, 1);

    private static byte[] NestedFrames(int depth)
    {
        const int Chunk = 8, Extended = 10, Frame = 16, Canvas = 7;
        byte[] file = new byte[12 + Chunk + Extended + depth * (Chunk + Frame)];
        "RIFF"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
        "WEBPVP8X"u8.CopyTo(file.AsSpan(8));
        file[16] = Extended;
        file[20] = 2;
        file[24] = file[27] = Canvas;
        for (int at = 12 + Chunk + Extended; at < file.Length; at += Chunk + Frame)
        {
            "ANMF"u8.CopyTo(file.AsSpan(at));
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at + 4), file.Length - at - Chunk);
            file[at + Chunk + 6] = file[at + Chunk + 9] = Canvas;
        }

        return file;
    }
}
