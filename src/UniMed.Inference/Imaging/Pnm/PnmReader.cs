using System.Buffers.Binary;

namespace UniMed.Inference.Imaging.Pnm;

/// <summary>A strict reader of PBM, PGM and PPM, as text (P1, P2, P3) and binary (P4, P5, P6), with any largest sample up to 65535.</summary>
/// <remarks>
/// Samples up to a maxval of 255 are scaled to 0..255 and rounded as Pillow does; others are kept as they are stored. Of several
/// pictures in one file the first is read. ImageSharp ignores maxval and fills missing samples, so it is not used here.
/// </remarks>
internal ref struct PnmReader
{
    private const int LargestMaximum = ushort.MaxValue;

    private readonly string _name;
    private readonly int _kind;
    private ReadOnlySpan<byte> _rest;

    private PnmReader(ReadOnlySpan<byte> pnm, string name)
    {
        _name = name;
        _kind = pnm[1] - '0';
        _rest = pnm[2..];
    }

    private readonly bool IsText => _kind <= 3;

    private readonly bool IsBilevel => _kind is 1 or 4;

    /// <summary>Whether bytes begin as one of the six forms does: its number, then white space or a comment.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> bytes) =>
        bytes.Length > 3 && bytes[0] == 'P' && bytes[1] is >= (byte)'1' and <= (byte)'6' && (IsSpace(bytes[2]) || bytes[2] == '#');

    /// <summary>Reads a file that is recognized.</summary>
    /// <exception cref="ImageException">The file is damaged, cut off, or beyond the limits.</exception>
    public static DecodedPicture Read(ReadOnlySpan<byte> pnm, ImageLimits limits, string name)
    {
        PnmReader reader = new(pnm, name);
        int width = reader.TakeNumber("width", int.MaxValue);
        int height = reader.TakeNumber("height", int.MaxValue);
        int maximum = reader.IsBilevel ? 1 : reader.TakeNumber("largest sample", LargestMaximum);
        if (maximum == 0)
            throw reader.Damaged("its largest sample is 0");
        limits.RequireSize(width, height, name);
        if (!reader.IsText)
            reader.TakeSpace();

        DecodedPicture picture = new(width, height, reader._kind is 3 or 6 ? 3 : 1);
        int samples = checked(width * height * picture.Channels);
        reader.RequireRoom(samples, width, height, maximum);
        if (reader.IsBilevel)
            return picture with { Bytes = reader.TakeBits(width, height) };
        return maximum > byte.MaxValue
            ? picture with { Words = reader.TakeWords(samples, maximum), LargestSample = maximum }
            : picture with { Bytes = reader.TakeBytes(samples, maximum) };
    }

    /// <summary>Checks that the samples can be there, before memory for them is taken.</summary>
    private readonly void RequireRoom(int samples, int width, int height, int maximum)
    {
        long fewest = _kind switch
        {
            1 => samples,
            4 => (width + 7L) / 8 * height,
            2 or 3 => samples * 2L - 1,
            _ => maximum > byte.MaxValue ? samples * 2L : samples,
        };
        if (fewest > _rest.Length)
            throw Damaged("samples are missing at its end");
    }

    private byte[] TakeBits(int width, int height)
    {
        byte[] gray = new byte[width * height];
        int rowBytes = (width + 7) / 8;
        for (int i = 0; i < gray.Length; i++)
        {
            bool black = IsText
                ? TakeDigit()
                : (_rest[i / width * rowBytes + i % width / 8] >> 7 - i % width % 8 & 1) != 0;
            gray[i] = black ? byte.MinValue : byte.MaxValue;
        }

        return gray;
    }

    private byte[] TakeBytes(int count, int maximum)
    {
        Span<byte> levels = stackalloc byte[byte.MaxValue + 1];
        for (int sample = 0; sample < levels.Length; sample++)
            levels[sample] = (byte)Math.Min(Math.Round((double)sample / maximum * byte.MaxValue), byte.MaxValue);
        byte[] samples = new byte[count];
        for (int i = 0; i < count; i++)
            samples[i] = levels[IsText ? TakeSample(maximum) : _rest[i]];
        return samples;
    }

    private ushort[] TakeWords(int count, int maximum)
    {
        ushort[] samples = new ushort[count];
        for (int i = 0; i < count; i++)
            samples[i] = IsText ? (ushort)TakeSample(maximum) : BinaryPrimitives.ReadUInt16BigEndian(_rest[(i * 2)..]);
        return samples;
    }

    private int TakeSample(int maximum)
    {
        int sample = TakeNumber("sample", LargestMaximum);
        return sample <= maximum ? sample : throw Damaged($"a sample is {sample}, and the largest is said to be {maximum}");
    }

    /// <summary>A 0 or 1 of a text PBM, where nothing need stand between them.</summary>
    private bool TakeDigit()
    {
        SkipSpace();
        if (_rest.IsEmpty)
            throw Damaged("samples are missing at its end");
        byte digit = _rest[0];
        _rest = _rest[1..];
        return digit is (byte)'0' or (byte)'1' ? digit == '1' : throw Damaged("a sample is neither 0 nor 1");
    }

    private int TakeNumber(string what, int largest)
    {
        SkipSpace();
        long number = 0;
        int digits = 0;
        for (; digits < _rest.Length && _rest[digits] is >= (byte)'0' and <= (byte)'9'; digits++)
        {
            number = number * 10 + _rest[digits] - '0';
            if (number > largest)
                throw Damaged($"its {what} is more than {largest}");
        }

        if (digits == 0)
            throw Damaged(_rest.IsEmpty ? $"it ends where a {what} is expected" : $"a {what} is no number");
        _rest = _rest[digits..];
        return (int)number;
    }

    private void SkipSpace()
    {
        while (!_rest.IsEmpty && (IsSpace(_rest[0]) || _rest[0] == '#'))
        {
            int comment = _rest[0] == '#' ? _rest.IndexOfAny((byte)'\n', (byte)'\r') : 0;
            _rest = comment < 0 ? [] : _rest[(comment + 1)..];
        }
    }

    private void TakeSpace()
    {
        if (_rest.IsEmpty || !IsSpace(_rest[0]))
            throw Damaged("white space is missing between its header and its samples");
        _rest = _rest[1..];
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or (>= (byte)'\t' and <= (byte)'\r');

    private readonly ImageException Damaged(string why) =>
        new($"{_name}: the {(IsBilevel ? "PBM" : _kind is 2 or 5 ? "PGM" : "PPM")} file is damaged or cut off: {why}. Fetch the file again.");
}
