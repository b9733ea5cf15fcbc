using UniMed.Inference.Imaging.Jpeg;
using Xunit;

namespace UniMed.Inference.Tests.Imaging.Jpeg;

public class EntropyCodedDataTests
{
    [Fact]
    public void Stuffed_bytes_are_dropped_and_a_marker_ends_the_piece()
    {
        byte[] file = [0xAA, 1, 0xFF, 0, 2, 0xFF, 0xFF, 0, 3, 0xFF, 0xFF, 0xD0, 4, 0xFF, 0xD9];
        EntropyCodedData data = new(file, 1);
        BitReader bits = data.TakePiece();
        Assert.Equal([1, 0xFF, 2, 0xFF, 3], bits.Data[..bits.Length].ToArray());
        Assert.All(bits.Data[bits.Length..].ToArray(), padding => Assert.Equal(0, padding));
        Assert.Equal(10, data.Position);

        data.RequireRestart(8);
        bits = data.TakePiece();
        Assert.Equal([4], bits.Data[..bits.Length].ToArray());
        Assert.Equal(13, data.Position);
        data.Dispose();
    }

    [Fact]
    public void Bits_come_highest_first_across_bytes_and_refills()
    {
        Random random = new(1);
        byte[] bytes = new byte[1000];
        random.NextBytes(bytes);
        BitReader bits = new([.. bytes, .. new byte[BitReader.Padding]], bytes.Length);
        for (int position = 0; position <= 8 * bytes.Length - 16;)
        {
            int count = random.Next(17);
            int expected = 0;
            for (int i = 0; i < count; i++, position++)
                expected = expected << 1 | bytes[position / 8] >> (7 - position % 8) & 1;
            Assert.Equal(expected, bits.ReadBits(count));
        }

        bits.RequireNotOverrun();
    }

    [Fact]
    public void Reading_behind_the_end_gives_zeros_and_is_remembered()
    {
        BitReader bits = new([0xFF, .. new byte[BitReader.Padding]], 1);
        Assert.Equal(0xFF, bits.ReadBits(8));
        bits.RequireNotOverrun();
        for (int i = 0; i < 100; i++)
            Assert.Equal(0, bits.ReadBits(16));
        Assert.Equal("the JPEG file is cut off: part of the picture is missing. Fetch the file again.", Overrun(bits));

        static string Overrun(BitReader bits)
        {
            try
            {
                bits.RequireNotOverrun();
                return "";
            }
            catch (JpegFaultException fault)
            {
                return fault.Message;
            }
        }
    }
}
