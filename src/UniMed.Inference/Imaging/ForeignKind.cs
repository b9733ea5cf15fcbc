using System.IO.Compression;

namespace UniMed.Inference.Imaging;

/// <summary>Names files of this field and its surroundings that are not read, by their first bytes, each with the next step.</summary>
internal static class ForeignKind
{
    /// <summary>The next step for a volume.</summary>
    public const string TakeSlice = "Take the slice you mean in the host and pass its samples to "
        + $"{nameof(MedicalImage)}.{nameof(MedicalImage.FromGray16)}, or save it as a 16-bit PNG.";

    private const int GzipReach = 1024;
    private const string ToPng = "Convert it to PNG.";
    private const string SaveFrame = "Save the frame you mean as PNG.";
    private const string Unpack = "Unpack it, and name the picture inside.";
    private const string NotPicture = "It holds no picture that is read here; save the picture in it as PNG.";

    private static readonly (int Offset, byte[] Bytes, string Kind, string NextStep)[] Signatures =
    [
        (0, [.. "II+\0"u8], "a BigTIFF file", "Save it as a plain TIFF or as PNG; of a whole-slide file, a region or a level of less than 4 GB."),
        (0, [.. "MM\0+"u8], "a BigTIFF file", "Save it as a plain TIFF or as PNG; of a whole-slide file, a region or a level of less than 4 GB."),
        (0, [0, 0, 0, 0x0C, .. "jP  "u8], "a JPEG 2000 file", ToPng),
        (0, [0xFF, 0x4F, 0xFF, 0x51], "a JPEG 2000 codestream", ToPng),
        (0, [0, 0, 0, 0x0C, .. "JXL "u8], "a JPEG XL file", ToPng),
        (0, [0xFF, 0x0A], "a JPEG XL codestream", ToPng),
        (4, [.. "ftyphei"u8], "a HEIC picture", "Convert it to PNG or JPEG."),
        (4, [.. "ftyphev"u8], "a HEIC picture", "Convert it to PNG or JPEG."),
        (4, [.. "ftypmif1"u8], "a HEIF picture", "Convert it to PNG or JPEG."),
        (4, [.. "ftypmsf1"u8], "a HEIF picture", "Convert it to PNG or JPEG."),
        (4, [.. "ftypavi"u8], "an AVIF picture", ToPng),
        (4, [.. "ftypqt"u8], "a QuickTime video", SaveFrame),
        (4, [.. "ftyp"u8], "an MP4 video", SaveFrame),
        (0, [0x1A, 0x45, 0xDF, 0xA3], "a Matroska or WebM video", SaveFrame),
        (0, [0, 0, 1, 0xBA], "an MPEG video", SaveFrame),
        (0, [0, 0, 1, 0xB3], "an MPEG video", SaveFrame),
        (8, [.. "AVI "u8], "an AVI video", SaveFrame),
        (8, [.. "WAVE"u8], "a WAV sound", NotPicture),
        (344, [.. "n+1\0"u8], "a NIfTI volume (.nii)", TakeSlice),
        (344, [.. "ni1\0"u8], "the header of a NIfTI volume (.hdr of a .hdr/.img pair)", TakeSlice),
        (4, [.. "n+2\0"u8], "a NIfTI-2 volume (.nii)", TakeSlice),
        (4, [.. "ni2\0"u8], "the header of a NIfTI-2 volume", TakeSlice),
        (0, [0x5C, 1, 0, 0], "the header of an Analyze volume (.hdr of a .hdr/.img pair)", TakeSlice),
        (0, [0, 0, 1, 0x5C], "the header of an Analyze volume (.hdr of a .hdr/.img pair)", TakeSlice),
        (0, [.. "NRRD000"u8], "an NRRD volume", TakeSlice),
        (0, [0x89, .. "HDF\r\n"u8, 0x1A, .. "\n"u8], "an HDF5 file (MINC, MATLAB 7.3 and others)", TakeSlice),
        (0, [.. "CDF\x01"u8], "a NetCDF file (MINC 1)", TakeSlice),
        (0, [.. "MATLAB 5.0 MAT-file"u8], "a MATLAB file", TakeSlice),
        (0, [0x93, .. "NUMPY"u8], "a NumPy array (.npy)", TakeSlice),
        (0, [.. "SIMPLE  ="u8], "a FITS file", TakeSlice),
        (0, [.. "CTDATA-HEADER_V1"u8], "a Scanco ISQ volume", TakeSlice),
        (0, [.. "MATRIX7"u8], "an ECAT volume", TakeSlice),
        (0, [.. "ZISRAWFILE"u8], "a Zeiss CZI microscopy file", ToPng),
        (0, [.. "PK\x03\x04"u8], "a ZIP archive (also .npz, .docx, .pptx)", Unpack),
        (0, [.. "PK\x05\x06"u8], "an empty ZIP archive", Unpack),
        (0, [.. "7z"u8, 0xBC, 0xAF], "a 7z archive", Unpack),
        (0, [.. "Rar!"u8], "a RAR archive", Unpack),
        (257, [.. "ustar"u8], "a tar archive", Unpack),
        (0, [0xFD, .. "7zXZ\0"u8], "an xz archive", Unpack),
        (0, [.. "BZh"u8], "a bzip2 archive", Unpack),
        (0, [0x28, 0xB5, 0x2F, 0xFD], "a Zstandard archive", Unpack),
        (0, [.. "%PDF-"u8], "a PDF document", "Save the picture or the page you mean as PNG."),
        (0, [.. "%!PS"u8], "a PostScript document", "Render the page you mean to PNG."),
        (0, [0xD0, 0xCF, 0x11, 0xE0], "an older Office document or a Thumbs.db", NotPicture),
        (0, [.. "8BPS"u8], "a Photoshop file", ToPng),
        (0, [.. "gimp xcf"u8], "a GIMP file", ToPng),
        (0, [0x76, 0x2F, 0x31, 0x01], "an OpenEXR picture", "Convert it to a 16-bit PNG."),
        (0, [.. "#?RADIANCE"u8], "a Radiance HDR picture", "Convert it to a 16-bit PNG."),
        (0, [0, 0, 1, 0], "an icon (.ico)", ToPng),
        (0, [.. "DDS "u8], "a DDS texture", ToPng),
        (0, [.. "qoif"u8], "a QOI picture", ToPng),
        (0, [.. "AT&TFORM"u8], "a DjVu document", ToPng),
        (0, [.. "P7\n"u8], "a PAM picture", "Convert it to PGM, PPM or PNG."),
        (0, [.. "PF\n"u8], "a PFM picture", "Convert it to a 16-bit PNG."),
        (0, [.. "Pf\n"u8], "a PFM picture", "Convert it to a 16-bit PNG."),
        (0, [0, 5, 0x16, 0x07], "an AppleDouble file (._name), which macOS puts beside the real one", "Name the file without the ._ before its name."),
    ];

    /// <summary>What a file without a signature is by its name's end, for bytes that are nothing that is known.</summary>
    private static readonly (string End, string Kind)[] Names =
    [
        (".nii.gz", "a NIfTI volume compressed with gzip"),
        (".mgz", "a FreeSurfer volume compressed with gzip"),
        (".mgh", "a FreeSurfer volume"),
        (".nii", "a NIfTI volume"),
        (".img", "the samples of an Analyze or NIfTI volume (.img of a .hdr/.img pair)"),
        (".raw", "raw samples without a header"),
        (".dcm", "a DICOM file"),
        (".dicom", "a DICOM file"),
        (".ima", "a DICOM file"),
    ];

    /// <summary>What the file is and what to do about it; null where it is nothing that is known.</summary>
    public static string? Describe(ReadOnlySpan<byte> bytes, string name)
    {
        if (DicomKind.Describe(bytes) is { } dicom)
            return dicom;
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
            return DescribeGzip(bytes, name);
        foreach ((int offset, byte[] signature, string kind, string nextStep) in Signatures)
        {
            if (bytes.Length >= offset + signature.Length && bytes[offset..].StartsWith(signature))
                return $"this is {kind}, which is not read. {nextStep}";
        }

        return null;
    }

    /// <summary>What the file is by its name, and what to do about it; null where the name says nothing.</summary>
    public static string? DescribeByName(string name)
    {
        foreach ((string end, string kind) in Names)
        {
            if (name.EndsWith(end, StringComparison.OrdinalIgnoreCase))
                return $"by its name this is {kind}, which is not read. {TakeSlice}";
        }

        return null;
    }

    /// <summary>What the beginning of a compressed file unpacks to.</summary>
    private static string DescribeGzip(ReadOnlySpan<byte> bytes, string name)
    {
        byte[] start = new byte[GzipReach];
        int count = 0;
        try
        {
            using MemoryStream compressed = new(bytes[..Math.Min(bytes.Length, 4 * GzipReach)].ToArray());
            using GZipStream stream = new(compressed, CompressionMode.Decompress);
            count = stream.ReadAtLeast(start, GzipReach, throwOnEndOfStream: false);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            // Damaged or cut off: it is named for its wrapping.
        }

        ReadOnlySpan<byte> inside = start.AsSpan(0, count);
        string compressedFile = "this is a file compressed with gzip";
        bool isNested = inside.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]);
        if (!isNested && ImageSignature.Identify(inside) is not ImageFormat.Unknown and var format)
            return $"{compressedFile}; inside is a {format} picture. Unpack it with gunzip, and name that.";
        if (!isNested && Describe(inside, name: "") is { } kind)
            return $"{compressedFile}; unpacked, {kind}";
        return DescribeByName(name) ?? $"{compressedFile}, which is not read. {Unpack}";
    }
}
