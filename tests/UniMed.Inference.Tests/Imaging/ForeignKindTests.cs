using System.IO.Compression;
using System.Text;
using Xunit;

namespace UniMed.Inference.Tests.Imaging;

/// <summary>Files that people of this field have and that are no picture to be read: each is named for what it is, with the next step.</summary>
public class ForeignKindTests
{
    private static readonly byte[] Nifti = [0x5C, 1, 0, 0, .. new byte[340], .. "n+1\0"u8, 0, 0, 0, 0];

    public static TheoryData<string, byte[], string, string> Kinds => new()
    {
        { "empty.png", [], "empty", "Fetch it again" },
        { "zeros.png", new byte[4000], "4000 bytes are zero", "Fetch the file again" },
        { "half.png", [0x89, (byte)'P', (byte)'N'], "first 3 bytes", "Fetch the file again" },
        { "noise.bin", [1, 2, 3, 255, 254, 253, 0, 9, 8], "010203FFFEFD0009", "are read; convert it" },
        { "scan.dcm", [.. new byte[128], .. "DICM"u8, 2, 0], "DICOM file,", nameof(MedicalImage.FromGray16) },
        { "explicit.dcm", [8, 0, 5, 0, .. "CS"u8, 10, 0, .. "ISO_IR 100"u8], "DICOM file without its preamble", nameof(MedicalImage.FromGray16) },
        { "meta.dcm", [2, 0, 0, 0, .. "UL"u8, 4, 0, 0xC0, 0, 0, 0], "DICOM file without its preamble", "16-bit PNG" },
        { "implicit.dcm", [8, 0, 5, 0, 10, 0, 0, 0, .. "ISO_IR 100"u8, 8, 0, 8, 0, 4, 0, 0, 0, .. "ORIG"u8], "DICOM file without its preamble", "16-bit PNG" },
        { "big-endian.dcm", [0, 8, 0, 5, .. "CS"u8, 0, 10, .. "ISO_IR 100"u8], "DICOM file without its preamble", "16-bit PNG" },
        { "DICOMDIR", [.. new byte[128], .. "DICM"u8, .. new byte[20], .. "1.2.840.10008.1.3.10"u8, 0], "DICOMDIR", "Name one of the files" },
        { "slide.tif", [.. "II+\0"u8, 8, 0, 0, 0], "BigTIFF", "Save it as a plain TIFF" },
        { "slide.tif", [.. "MM\0+"u8, 0, 8, 0, 0], "BigTIFF", "Save it as a plain TIFF" },
        { "photo.heic", [0, 0, 0, 24, .. "ftypheic"u8, 0, 0, 0, 0], "HEIC", "Convert it" },
        { "photo.avif", [0, 0, 0, 24, .. "ftypavif"u8, 0, 0, 0, 0], "AVIF", "Convert it" },
        { "a.jp2", [0, 0, 0, 12, .. "jP  "u8, 13, 10, 0x87, 10], "JPEG 2000 file", "Convert it to PNG" },
        { "a.j2k", [0xFF, 0x4F, 0xFF, 0x51, 0, 47], "JPEG 2000 codestream", "Convert it to PNG" },
        { "a.jxl", [0xFF, 0x0A, 1, 2], "JPEG XL", "Convert it to PNG" },
        { "a.jxl", [0, 0, 0, 12, .. "JXL "u8, 13, 10], "JPEG XL", "Convert it to PNG" },
        { "brain.nii", Nifti, "NIfTI volume (.nii)", "slice" },
        { "brain.nii.gz", Gzip(Nifti), "compressed with gzip; unpacked, this is a NIfTI volume", "slice" },
        { "brain.nii.gz", [0x1F, 0x8B, 8, 0, 1, 2, 3], "NIfTI volume compressed with gzip", "slice" },
        { "slice.png.gz", Gzip(PngFile.Create(1, 1, 8, 0, [7])), "inside is a Png picture", "gunzip" },
        { "notes.gz", Gzip([1, 2, 3]), "compressed with gzip", "Unpack it" },
        { "brain.hdr", [0x5C, 1, 0, 0, .. new byte[344]], "Analyze", "slice" },
        { "brain.img", [1, 0, 0xFF, 3, 9, 9, 9, 9], ".img of a .hdr/.img pair", "slice" },
        { "a.nrrd", [.. "NRRD0004\ntype: short\n"u8], "NRRD", "slice" },
        { "a.mha", [.. "ObjectType = Image\nNDims = 3\n"u8], "MetaImage", "slice" },
        { "a.mat", [.. "MATLAB 5.0 MAT-file, Platform: GLNXA64"u8], "MATLAB", "slice" },
        { "a.npy", [0x93, .. "NUMPY"u8, 1, 0], "NumPy", "slice" },
        { "a.h5", [0x89, .. "HDF\r\n"u8, 0x1A, 10], "HDF5", "slice" },
        { "a.zip", [.. "PK\x03\x04"u8, 20, 0], "ZIP", "Unpack it" },
        { "a.pdf", [.. "%PDF-1.7\n"u8], "PDF", "PNG" },
        { "a.mp4", [0, 0, 0, 24, .. "ftypisom"u8, 0, 0, 2, 0], "MP4 video", "frame" },
        { "._slice.png", [0, 5, 0x16, 7, 0, 2, 0, 0], "AppleDouble", "without the ._" },
        { "pointer.png", Encoding.ASCII.GetBytes("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "Git LFS pointer", "git lfs pull" },
        { "error.jpg", Encoding.ASCII.GetBytes("\n <!DOCTYPE html><html></html>"), "web page", "fetch the picture again" },
        { "error.jpg", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("<html></html>")], "web page", "fetch the picture again" },
        { "chart.svg", Encoding.ASCII.GetBytes("<?xml version='1.0'?><svg></svg>"), "SVG", "Render it to PNG" },
        { "error.xml", Encoding.ASCII.GetBytes("<?xml version='1.0'?><Error/>"), "XML", "Check the path" },
        { "error.json", Encoding.ASCII.GetBytes("{\"error\": \"not found\"}"), "JSON", "Check the path" },
        { "inline.txt", Encoding.ASCII.GetBytes("data:image/png;base64,iVBORw0KGgo="), "data URI", "Decode" },
        { "notes.txt", Encoding.ASCII.GetBytes("The left lung is clear."), "text", "Check the path" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_file_that_is_no_picture_is_named_for_what_it_is_with_the_next_step(string name, byte[] bytes, string kind, string nextStep)
    {
        ImageException error = Assert.Throws<ImageException>(() => MedicalImage.Decode(bytes, source: name));
        Assert.StartsWith(name + ": ", error.Message, StringComparison.Ordinal);
        Assert.Contains(kind, error.Message, StringComparison.Ordinal);
        Assert.Contains(nextStep, error.Message, StringComparison.Ordinal);
    }

    private static byte[] Gzip(byte[] content)
    {
        using MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(content);
        return compressed.ToArray();
    }
}
