using System.Buffers.Binary;

namespace UniMed.Inference.Imaging;

/// <summary>Tells DICOM, with and without its preamble, in the three ways its elements are written.</summary>
internal static class DicomKind
{
    private const int Preamble = 128;
    private const int Reach = 2048;
    private const ushort MetaGroup = 0x0002;
    private const ushort IdentifyingGroup = 0x0008;
    private const int LongestFirstValue = 256;

    /// <summary>What to do about the DICOM file; null where it is none.</summary>
    public static string? Describe(ReadOnlySpan<byte> bytes)
    {
        bool complete = bytes.Length >= Preamble + 4 && bytes[Preamble..].StartsWith("DICM"u8);
        if (!complete && !IsBare(bytes))
            return null;
        if (bytes[..Math.Min(Reach, bytes.Length)].IndexOf("1.2.840.10008.1.3.10"u8) >= 0)
            return "this is a DICOMDIR, the list of a disc's DICOM files, and no picture. Name one of the files that it lists.";
        return $"this is a DICOM file{(complete ? "" : " without its preamble")}, which is not decoded here. Decode it in the host and pass the samples to "
            + $"{nameof(MedicalImage)}.{nameof(MedicalImage.FromGray16)} with the window center and width, or convert it to a 16-bit PNG.";
    }

    /// <summary>Whether bytes begin with an element of the first groups that a data set has.</summary>
    private static bool IsBare(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 12)
            return false;
        if (BinaryPrimitives.ReadUInt16BigEndian(bytes) is MetaGroup or IdentifyingGroup)
            return IsValueRepresentation(bytes[4..]);
        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes) is not (MetaGroup or IdentifyingGroup))
            return false;
        if (IsValueRepresentation(bytes[4..]))
            return true;

        // Without a value representation: the element's length, short, even and within the file, then the next element of these groups.
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        if (length is 0 or > LongestFirstValue || length % 2 != 0 || bytes.Length < 8 + length + 8)
            return false;
        ushort first = BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]);
        ushort nextGroup = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(8 + (int)length)..]);
        ushort next = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(10 + (int)length)..]);
        return nextGroup is MetaGroup or IdentifyingGroup && (nextGroup != BinaryPrimitives.ReadUInt16LittleEndian(bytes) || next > first);
    }

    private static bool IsValueRepresentation(ReadOnlySpan<byte> bytes) => (char)bytes[0] switch
    {
        'A' => bytes[1] is (byte)'E' or (byte)'S' or (byte)'T',
        'C' => bytes[1] == 'S',
        'D' => bytes[1] is (byte)'A' or (byte)'S' or (byte)'T',
        'I' => bytes[1] == 'S',
        'L' => bytes[1] is (byte)'O' or (byte)'T',
        'O' => bytes[1] is (byte)'B' or (byte)'W',
        'P' => bytes[1] == 'N',
        'S' => bytes[1] is (byte)'H' or (byte)'L' or (byte)'Q' or (byte)'S' or (byte)'T',
        'T' => bytes[1] == 'M',
        'U' => bytes[1] is (byte)'I' or (byte)'L' or (byte)'S' or (byte)'T' or (byte)'N',
        _ => false,
    };
}
