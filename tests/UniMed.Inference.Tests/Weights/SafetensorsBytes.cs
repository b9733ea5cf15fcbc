using System.Buffers.Binary;
using System.Text;

namespace UniMed.Tests.Weights;

/// <summary>Safetensors files put together by hand, right or wrong.</summary>
internal static class SafetensorsBytes
{
    /// <summary>A length, a header verbatim, and that many bytes of data counting up from 0.</summary>
    public static byte[] Create(string header, int dataBytes) => Create(Encoding.UTF8.GetBytes(header), dataBytes);

    public static byte[] Create(byte[] header, int dataBytes)
    {
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header, .. Enumerable.Range(0, dataBytes).Select(i => (byte)i)];
    }
}
