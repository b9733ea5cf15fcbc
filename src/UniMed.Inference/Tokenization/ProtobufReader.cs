using System.Buffers.Binary;
using System.Text;

namespace UniMed.Inference.Tokenization;

/// <summary>Reads the fields of one message in protobuf's wire format where they lie. A length beyond the message, a number that never ends and a group are refused: files are untrusted.</summary>
/// <remarks>Source: protobuf.dev, Encoding. Groups (wire types 3 and 4) are deprecated; sentencepiece_model.proto has none.</remarks>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private const int VarintBits = 7;
    private const int MaxVarintBits = 64;
    private const int WireTypeBits = 3;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _message = message;
    private ReadOnlySpan<byte> _rest = message;
    private WireType _type;

    private enum WireType
    {
        Varint = 0,
        Fixed64 = 1,
        Bytes = 2,
        Fixed32 = 5,
    }

    /// <summary>Number of the field that is read or skipped next.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field; false at the end of the message. The field before must have been read or skipped.</summary>
    /// <exception cref="InvalidDataException">The message is damaged.</exception>
    public bool Next()
    {
        if (_rest.IsEmpty)
            return false;
        ulong tag = Varint();
        _type = (WireType)(tag & ((1 << WireTypeBits) - 1));
        ulong field = tag >> WireTypeBits;
        if (field is 0 or > int.MaxValue >> WireTypeBits || !Enum.IsDefined(_type))
            throw Damaged($"has the field {field} of wire type {(int)_type}");
        Field = (int)field;
        return true;
    }

    /// <summary>Passes over the field.</summary>
    public void Skip()
    {
        switch (_type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Bytes:
                Bytes();
                break;
            default:
                Take(_type == WireType.Fixed64 ? sizeof(ulong) : sizeof(uint));
                break;
        }
    }

    /// <summary>A number of an enum.</summary>
    public int Enum32()
    {
        Require(WireType.Varint);
        return unchecked((int)Varint());
    }

    /// <summary>True or false.</summary>
    public bool Bool()
    {
        Require(WireType.Varint);
        return Varint() != 0;
    }

    /// <summary>A number of 32 bits with a point.</summary>
    public float Float()
    {
        Require(WireType.Fixed32);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));
    }

    /// <summary>Bytes, or a message inside this one.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        Require(WireType.Bytes);
        ulong length = Varint();
        return length <= (ulong)_rest.Length
            ? Take((int)length)
            : throw Damaged($"has a field {Field} of {length} bytes, where {_rest.Length} are left");
    }

    /// <summary>A text.</summary>
    /// <exception cref="DecoderFallbackException">It is not UTF-8.</exception>
    public string Text() => StrictUtf8.GetString(Bytes());

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < MaxVarintBits; shift += VarintBits)
        {
            byte next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        throw Damaged("has a number of more than ten bytes");
    }

    private ReadOnlySpan<byte> Take(int bytes)
    {
        if (bytes > _rest.Length)
            throw Damaged("ends in the middle of a field");
        ReadOnlySpan<byte> taken = _rest[..bytes];
        _rest = _rest[bytes..];
        return taken;
    }

    private readonly void Require(WireType type)
    {
        if (_type != type)
            throw Damaged($"has the field {Field} of wire type {(int)_type} instead of {(int)type}");
    }

    private readonly InvalidDataException Damaged(string how) => new($"its protobuf message {how}, at byte {_message.Length - _rest.Length}.");
}
