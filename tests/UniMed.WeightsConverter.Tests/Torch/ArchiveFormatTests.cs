using System.Buffers.Binary;
using System.Text;
using UniMed.Tests;
using UniMed.WeightsConverter.Tests.Support;
using UniMed.WeightsConverter.Torch;
using Xunit;

namespace UniMed.WeightsConverter.Tests.Torch;

public class ArchiveFormatTests
{
    private static readonly Dictionary<string, object> OneTensor = new() { ["x"] = TestTensor.Singles([2, 3], i => i) };

    [Fact]
    public void An_archive_of_another_byte_order_is_refused()
    {
        byte[] bytes = TorchZip.ToBytes("}."u8.ToArray(), [], byteOrder: "big");
        Assert.Contains("byte order is \"big\"", Refusal(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_zip_archive_without_a_pickle_is_refused() =>
        Assert.Contains("0 entries NAME/data.pkl", Refusal(Encoding.Latin1.GetBytes("PK\u0005\u0006" + new string('\0', 18))), StringComparison.Ordinal);

    [Fact]
    public void A_local_header_with_another_name_is_refused()
    {
        byte[] bytes = TorchZip.ToBytes(OneTensor);
        int at = bytes.AsSpan().IndexOf("archive/data/0"u8);
        bytes[at + 13] = (byte)'9';
        Assert.Contains("another name in its local header", Refusal(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Zip64_records_are_read()
    {
        byte[] bytes = ToZip64(TorchZip.ToBytes(OneTensor));
        using TorchArchive archive = TorchZip.Open(bytes);
        TensorView view = StateDict.Read(archive).Tensors["x"];
        var values = new byte[24];
        view.Read(0, values);
        Assert.Equal(5f, BitConverter.ToSingle(values, 20));
    }

    [Fact]
    public void A_zip64_end_record_outside_the_file_is_refused()
    {
        byte[] bytes = ToZip64(TorchZip.ToBytes(OneTensor));
        int locator = bytes.AsSpan().LastIndexOf("PK\u0006\u0007"u8);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(locator + 8), long.MaxValue);
        Assert.Contains("zip64 end record lies outside the file", Refusal(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_legacy_archive_that_is_cut_off_is_refused_at_every_length()
    {
        byte[] whole = File.ReadAllBytes(Golden.Path("pickle", "legacy.pth"));
        for (int length = 1; length < whole.Length; length++)
            Assert.NotEmpty(Refusal(whole[..length]));
    }

    [Fact]
    public void A_pickle_that_is_no_torch_archive_is_refused() =>
        Assert.Contains("not one that torch.save wrote", Refusal([0x80, 2, (byte)'}', (byte)'.']), StringComparison.Ordinal);

    [Fact]
    public void A_safetensors_file_under_the_wrong_name_is_recognized()
    {
        byte[] bytes = [16, 0, 0, 0, 0, 0, 0, 0, .. "{\"__metadata__\":{}}"u8];
        Assert.Contains("looks like a safetensors file", Refusal(bytes), StringComparison.Ordinal);
    }

    private static string Refusal(byte[] bytes) => Assert.Throws<ConversionException>(() =>
    {
        using TorchArchive archive = TorchZip.Open(bytes);
        StateDict.Read(archive);
    }).Message;

    /// <summary>Moves every size and position of the directory into 64-bit fields, as archives beyond 4 GB have them.</summary>
    private static byte[] ToZip64(byte[] zip)
    {
        int end = zip.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(zip.AsSpan(end + 10));
        int start = (int)BinaryPrimitives.ReadUInt32LittleEndian(zip.AsSpan(end + 16));
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        writer.Write(zip.AsSpan(0, start));
        int at = start;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> record = zip.AsSpan(at);
            int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(record[28..]);
            Assert.Equal(0, BinaryPrimitives.ReadUInt16LittleEndian(record[30..]));
            writer.Write(record[..20]);
            writer.Write(ulong.MaxValue);
            writer.Write((short)nameLength);
            writer.Write((short)(5 + 28));
            writer.Write(record[32..42]);
            writer.Write(uint.MaxValue);
            writer.Write(record.Slice(46, nameLength));
            writer.Write("XX\u0001\0x"u8);
            writer.Write(1 + (24 << 16));
            writer.Write((long)BinaryPrimitives.ReadUInt32LittleEndian(record[24..]));
            writer.Write((long)BinaryPrimitives.ReadUInt32LittleEndian(record[20..]));
            writer.Write((long)BinaryPrimitives.ReadUInt32LittleEndian(record[42..]));
            at += 46 + nameLength;
        }

        long position = file.Position;
        writer.Write("PK\u0006\u0006"u8);
        writer.Write(44L);
        writer.Write(new byte[12]);
        writer.Write((long)count);
        writer.Write((long)count);
        writer.Write(position - start);
        writer.Write((long)start);
        writer.Write("PK\u0006\u0007"u8);
        writer.Write(0);
        writer.Write(position);
        writer.Write(1);
        writer.Write("PK\u0005\u0006"u8);
        writer.Write(0);
        writer.Write(uint.MaxValue);
        writer.Write(uint.MaxValue);
        writer.Write(uint.MaxValue);
        writer.Write((ushort)0);
        return file.ToArray();
    }
}
