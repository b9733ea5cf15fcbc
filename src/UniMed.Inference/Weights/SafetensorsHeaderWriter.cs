using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using UniMed.Native;

namespace UniMed.Inference.Weights;

/// <summary>Lays out declared tensors and writes the header for them. The same declarations give the same bytes.</summary>
internal static class SafetensorsHeaderWriter
{
    /// <summary>The data section starts at a multiple of this many bytes: a cache line, and the widest vector.</summary>
    public const int DataAlignment = 64;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Gives every tensor its place, one behind the other in the order declared.</summary>
    /// <exception cref="SafetensorsException">A declaration is not possible in the format, or a tensor would not be aligned to its element size.</exception>
    public static IReadOnlyList<TensorInfo> LayOut(string file, IReadOnlyList<TensorDeclaration> tensors)
    {
        if (tensors.Count > SafetensorsHeader.MaxEntries)
            throw new SafetensorsException(file, null, $"{tensors.Count} tensors are declared; a file holds {SafetensorsHeader.MaxEntries} at most.");
        var names = new HashSet<string>(tensors.Count);
        var layout = new List<TensorInfo>(tensors.Count);
        long offset = 0;
        foreach (TensorDeclaration tensor in tensors)
        {
            CheckText(file, tensor.Name);
            if (tensor.Name.Length == 0 || tensor.Name == SafetensorsHeader.MetadataKey)
                throw new SafetensorsException(file, tensor.Name, "The format does not allow this name.");
            if (!names.Add(tensor.Name))
                throw new SafetensorsException(file, tensor.Name, "It is declared twice.");
            if (tensor.Shape.Count > SafetensorsHeader.MaxRank)
                throw new SafetensorsException(file, tensor.Name, $"It is declared with {tensor.Shape.Count} dimensions; {SafetensorsHeader.MaxRank} are allowed.");
            int size = tensor.Type.Size();
            if (!TensorShape.TryByteLength(tensor.Shape, size, out long bytes) || bytes > long.MaxValue - offset)
                throw new SafetensorsException(file, tensor.Name, $"Shape {TensorShape.Format(tensor.Shape)} has a negative dimension or is too large.");
            if (offset % size != 0)
                throw new SafetensorsException(file, tensor.Name, $"It would start at byte {offset}, which is no multiple of the {size} bytes of {tensor.Type.SafetensorsName()}. Declare tensors of larger elements first (TensorDeclaration.InAlignedOrder).");
            layout.Add(new TensorInfo(tensor.Name, tensor.Type, [.. tensor.Shape], offset, bytes));
            offset += bytes;
        }

        return layout;
    }

    /// <summary>The bytes in front of the data section: length, JSON, spaces up to <see cref="DataAlignment"/>.</summary>
    /// <exception cref="SafetensorsException">The header is longer than the format allows, or the metadata is not valid text.</exception>
    public static byte[] Build(string file, IReadOnlyList<TensorInfo> layout, IReadOnlyDictionary<string, string>? metadata)
    {
        var json = new ArrayBufferWriter<byte>();
        // Names stay readable and short; the escaping that is relaxed only matters inside HTML.
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            if (metadata is { Count: > 0 })
                WriteMetadata(file, writer, metadata);
            foreach (TensorInfo tensor in layout)
                WriteTensor(writer, tensor);
            writer.WriteEndObject();
        }

        int length = SafetensorsHeader.LengthBytes + json.WrittenCount;
        length = checked((length + DataAlignment - 1) / DataAlignment * DataAlignment);
        if (length - SafetensorsHeader.LengthBytes > SafetensorsHeader.MaxJsonBytes)
            throw new SafetensorsException(file, null, $"The header would take {length} bytes; the format allows {SafetensorsHeader.MaxJsonBytes}.");
        byte[] header = new byte[length];
        BinaryPrimitives.WriteInt64LittleEndian(header, length - SafetensorsHeader.LengthBytes);
        json.WrittenSpan.CopyTo(header.AsSpan(SafetensorsHeader.LengthBytes));
        header.AsSpan(SafetensorsHeader.LengthBytes + json.WrittenCount).Fill((byte)' ');
        return header;
    }

    private static void WriteMetadata(string file, Utf8JsonWriter writer, IReadOnlyDictionary<string, string> metadata)
    {
        writer.WriteStartObject(SafetensorsHeader.MetadataKey);
        foreach ((string key, string value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            CheckText(file, key);
            CheckText(file, value);
            writer.WriteString(key, value);
        }

        writer.WriteEndObject();
    }

    private static void WriteTensor(Utf8JsonWriter writer, TensorInfo tensor)
    {
        writer.WriteStartObject(tensor.Name);
        writer.WriteString("dtype", tensor.Type.SafetensorsName());
        writer.WriteStartArray("shape");
        foreach (long dimension in tensor.Shape)
            writer.WriteNumberValue(dimension);
        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets");
        writer.WriteNumberValue(tensor.Offset);
        writer.WriteNumberValue(tensor.Offset + tensor.ByteLength);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void CheckText(string file, string text)
    {
        try
        {
            StrictUtf8.GetByteCount(text);
        }
        catch (EncoderFallbackException e)
        {
            throw new SafetensorsException(file, null, $"The name or metadata {SafetensorsException.Quote(text)} holds an unpaired surrogate, which UTF-8 cannot express.", e);
        }
    }
}
