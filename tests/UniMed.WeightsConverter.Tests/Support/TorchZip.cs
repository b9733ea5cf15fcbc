using System.IO.Compression;
using System.Text;
using UniMed.WeightsConverter.Bytes;
using UniMed.WeightsConverter.Torch;

namespace UniMed.WeightsConverter.Tests.Support;

/// <summary>Writes PyTorch zip archives: nested dictionaries of tensors, numbers, strings and truth values, in pickle protocol 2.</summary>
internal static class TorchZip
{
    /// <summary>Writes an archive file.</summary>
    public static void Write(string path, IReadOnlyDictionary<string, object> root) => File.WriteAllBytes(path, ToBytes(root));

    /// <summary>The bytes of an archive.</summary>
    public static byte[] ToBytes(IReadOnlyDictionary<string, object> root)
    {
        var pickle = new MemoryStream();
        var storages = new List<byte[]>();
        pickle.Write([0x80, 2]);
        WriteValue(pickle, root, storages);
        pickle.WriteByte((byte)'.');
        return ToBytes(pickle.ToArray(), storages);
    }

    /// <summary>The bytes of an archive around a pickle.</summary>
    public static byte[] ToBytes(byte[] pickle, IReadOnlyList<byte[]> storages, string byteOrder = "little")
    {
        var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            WriteEntry(zip, "archive/data.pkl", pickle);
            WriteEntry(zip, "archive/byteorder", Encoding.ASCII.GetBytes(byteOrder));
            for (int i = 0; i < storages.Count; i++)
                WriteEntry(zip, $"archive/data/{i}", storages[i]);
        }

        return file.ToArray();
    }

    /// <summary>Opens bytes as an archive.</summary>
    public static TorchArchive Open(byte[] bytes) => TorchArchive.Open(new MemoryByteSource("test.pth", bytes));

    /// <summary>All tensors of a state dict's file, to change and write again.</summary>
    public static Dictionary<string, object> ReadTensors(string path)
    {
        using TorchArchive archive = TorchArchive.Open(FileByteSource.Open(path));
        return StateDict.Read(archive).Tensors.ToDictionary(e => e.Key, object (e) => ToTensor(e.Value));
    }

    private static TestTensor ToTensor(TensorView view)
    {
        var bytes = new byte[view.Count * view.Type.Size()];
        view.Read(0, bytes);
        string storage = view.Type switch
        {
            TorchType.F32 => "FloatStorage",
            TorchType.F16 => "HalfStorage",
            _ => throw new NotSupportedException($"{view.Type}"),
        };
        return new TestTensor(storage, [.. view.Shape], bytes);
    }

    private static void WriteEntry(ZipArchive zip, string name, byte[] bytes)
    {
        using Stream stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
        stream.Write(bytes);
    }

    private static void WriteValue(Stream pickle, object? value, List<byte[]> storages)
    {
        switch (value)
        {
            case null:
                pickle.WriteByte((byte)'N');
                break;
            case bool flag:
                pickle.WriteByte(flag ? (byte)0x88 : (byte)0x89);
                break;
            case int or long:
                pickle.Write([0x8a, 8, .. BitConverter.GetBytes(Convert.ToInt64(value, null))]);
                break;
            case double real:
                pickle.Write([(byte)'G', .. BitConverter.GetBytes(real).Reverse()]);
                break;
            case string text:
                byte[] utf8 = Encoding.UTF8.GetBytes(text);
                pickle.Write([(byte)'X', .. BitConverter.GetBytes(utf8.Length), .. utf8]);
                break;
            case RawPickle raw:
                pickle.Write(Encoding.Latin1.GetBytes(raw.Instructions));
                break;
            case TestTensor tensor:
                WriteTensor(pickle, tensor, storages);
                break;
            case IReadOnlyDictionary<string, object> dict:
                pickle.Write("}("u8);
                foreach ((string key, object item) in dict)
                {
                    WriteValue(pickle, key, storages);
                    WriteValue(pickle, item, storages);
                }

                pickle.WriteByte((byte)'u');
                break;
            default:
                throw new NotSupportedException($"{value.GetType()}");
        }
    }

    private static void WriteTensor(Stream pickle, TestTensor tensor, List<byte[]> storages)
    {
        int size = tensor.StorageClass switch { "FloatStorage" or "IntStorage" => 4, "HalfStorage" or "BFloat16Storage" => 2, _ => 8 };
        pickle.Write("ctorch._utils\n_rebuild_tensor_v2\n(("u8);
        WriteValue(pickle, "storage", storages);
        pickle.Write(Encoding.ASCII.GetBytes($"ctorch\n{tensor.StorageClass}\n"));
        WriteValue(pickle, $"{storages.Count}", storages);
        WriteValue(pickle, "cpu", storages);
        WriteValue(pickle, tensor.Bytes.Length / size, storages);
        pickle.Write("tQ"u8);
        WriteValue(pickle, 0, storages);
        WriteTuple(pickle, tensor.Shape, storages);
        var strides = new long[tensor.Shape.Length];
        long stride = 1;
        for (int d = strides.Length - 1; d >= 0; d--)
        {
            strides[d] = stride;
            stride *= tensor.Shape[d];
        }

        WriteTuple(pickle, strides, storages);
        pickle.Write([0x89, .. "ccollections\nOrderedDict\n)RtR"u8]);
        storages.Add(tensor.Bytes);
    }

    private static void WriteTuple(Stream pickle, long[] values, List<byte[]> storages)
    {
        pickle.WriteByte((byte)'(');
        foreach (long value in values)
            WriteValue(pickle, value, storages);
        pickle.WriteByte((byte)'t');
    }
}
