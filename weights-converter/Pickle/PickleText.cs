using System.Globalization;
using System.Numerics;
using System.Text;

namespace UniMed.WeightsConverter.Pickle;

/// <summary>Decodes strings, and the text forms of protocol 0. Each method answers false for malformed text.</summary>
internal static class PickleText
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool TryUtf8(ReadOnlySpan<byte> bytes, out string text)
    {
        try
        {
            text = StrictUtf8.GetString(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            text = "";
            return false;
        }
    }

    /// <summary>Opcode I: a decimal integer, or 00 and 01 for the truth values.</summary>
    public static bool TryInteger(ReadOnlySpan<byte> line, out object value)
    {
        value = false;
        if (line.SequenceEqual("00"u8))
            return true;
        if (line.SequenceEqual("01"u8))
        {
            value = true;
            return true;
        }

        return TryLong(line, out value);
    }

    /// <summary>Opcode L: a decimal integer, usually with an L behind it.</summary>
    public static bool TryLong(ReadOnlySpan<byte> line, out object value)
    {
        value = 0L;
        if (line.Length > 0 && line[^1] == 'L')
            line = line[..^1];
        if (line.Length > PickleLimits.IntegerBytes
            || !BigInteger.TryParse(Encoding.Latin1.GetString(line), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger number))
        {
            return false;
        }

        Shrink(number, out value);
        return true;
    }

    /// <summary>Opcode F: a decimal floating-point number as Python's repr writes it.</summary>
    public static bool TryFloat(ReadOnlySpan<byte> line, out double value)
    {
        string text = Encoding.Latin1.GetString(line);
        switch (text)
        {
            case "inf":
                value = double.PositiveInfinity;
                return true;
            case "-inf":
                value = double.NegativeInfinity;
                return true;
            case "nan":
                value = double.NaN;
                return true;
            default:
                return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
        }
    }

    /// <summary>Little-endian two's complement, any length.</summary>
    public static object FromTwosComplement(ReadOnlySpan<byte> bytes)
    {
        Shrink(new BigInteger(bytes), out object value);
        return value;
    }

    /// <summary>Opcode S: a quoted Python 2 string with backslash escapes.</summary>
    public static bool TryQuoted(ReadOnlySpan<byte> line, out string text)
    {
        text = "";
        if (line.Length < 2 || line[0] != line[^1] || line[0] is not ((byte)'\'' or (byte)'"'))
            return false;
        ReadOnlySpan<byte> body = line[1..^1];
        var bytes = new List<byte>(body.Length);
        for (int i = 0; i < body.Length; i++)
        {
            if (body[i] != '\\')
            {
                bytes.Add(body[i]);
                continue;
            }

            if (++i == body.Length)
                return false;
            switch (body[i])
            {
                case (byte)'n':
                    bytes.Add((byte)'\n');
                    break;
                case (byte)'r':
                    bytes.Add((byte)'\r');
                    break;
                case (byte)'t':
                    bytes.Add((byte)'\t');
                    break;
                case (byte)'x':
                    if (!TryHex(body, i + 1, 2, out int code))
                        return false;
                    bytes.Add((byte)code);
                    i += 2;
                    break;
                case (byte)'\\' or (byte)'\'' or (byte)'"':
                    bytes.Add(body[i]);
                    break;
                default:
                    return false;
            }
        }

        return TryUtf8([.. bytes], out text);
    }

    /// <summary>Opcode V: Python's raw-unicode-escape, that is Latin-1 with \uXXXX and \UXXXXXXXX.</summary>
    public static bool TryRawUnicode(ReadOnlySpan<byte> line, out string text)
    {
        var builder = new StringBuilder(line.Length);
        text = "";
        for (int i = 0; i < line.Length; i++)
        {
            int digits = line[i] == '\\' && i + 1 < line.Length ? line[i + 1] switch { (byte)'u' => 4, (byte)'U' => 8, _ => 0 } : 0;
            if (digits == 0)
            {
                builder.Append((char)line[i]);
                continue;
            }

            if (!TryHex(line, i + 2, digits, out int code) || code is < 0 or > 0x10FFFF)
                return false;
            if (code > 0xFFFF)
                builder.Append(char.ConvertFromUtf32(code));
            else
                builder.Append((char)code);
            i += 1 + digits;
        }

        text = builder.ToString();
        return true;
    }

    private static bool TryHex(ReadOnlySpan<byte> bytes, int start, int count, out int value)
    {
        value = 0;
        return start + count <= bytes.Length
            && int.TryParse(bytes.Slice(start, count), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private static void Shrink(BigInteger number, out object value)
    {
        bool small = number >= long.MinValue && number <= long.MaxValue;
        value = small ? (long)number : (object)number;
    }
}
