using System.Text;

namespace UniMed.Inference.Imaging;

/// <summary>Names what is text and not a picture: pages, pointers, headers of volumes.</summary>
internal static class TextKind
{
    private const int Reach = 1024;

    /// <summary>What the text is and what to do about it; null where it is no text that is known.</summary>
    public static string? Describe(ReadOnlySpan<byte> bytes)
    {
        string text = Start(bytes);
        if (text.StartsWith("version https://git-lfs", StringComparison.Ordinal))
            return "this is a Git LFS pointer, not the picture itself. Run `git lfs pull` to fetch it.";
        if (text.StartsWith('<'))
            return DescribeMarkup(text);
        if (text.StartsWith("data:image/", StringComparison.OrdinalIgnoreCase))
            return "this is a data URI: text that holds a picture in base64. Decode what follows the comma, and give that.";
        if (IsBase64Picture(text))
            return "this is a picture in base64, as text. Decode it first (`base64 -d`).";
        if (text.StartsWith("ObjectType", StringComparison.Ordinal) || text.StartsWith("NDims", StringComparison.Ordinal))
            return "this is a MetaImage header (.mhd or .mha), a volume. " + ForeignKind.TakeSlice;
        if (text.StartsWith("!INTERFILE", StringComparison.OrdinalIgnoreCase))
            return "this is an Interfile header, a volume. " + ForeignKind.TakeSlice;
        if (text.StartsWith("# === DATA DESCRIPTION FILE", StringComparison.Ordinal))
            return "this is the header of a Philips PAR/REC volume. " + ForeignKind.TakeSlice;
        if (text.StartsWith("{\\rtf", StringComparison.Ordinal))
            return "this is an RTF document, not a picture. Save the picture in it as PNG.";
        if (text.StartsWith('{') || text.StartsWith('['))
            return "this is JSON text, not a picture. Check the path; a server may have given an error message instead of the picture.";
        return null;
    }

    private static string DescribeMarkup(string text)
    {
        if (text.Contains("<svg", StringComparison.OrdinalIgnoreCase))
            return "this is an SVG drawing, not pixels. Render it to PNG.";
        if (text.StartsWith("<?xml", StringComparison.OrdinalIgnoreCase) && !text.Contains("<html", StringComparison.OrdinalIgnoreCase))
            return "this is an XML document, not a picture. Check the path; a server may have given an error message instead of the picture.";
        return "this is a web page or other markup, not a picture. A download probably gave an error page; fetch the picture again.";
    }

    /// <summary>Base64 of the first bytes of PNG, JPEG, GIF, or TIFF.</summary>
    private static bool IsBase64Picture(string text) =>
        text.StartsWith("iVBORw0KGgo", StringComparison.Ordinal) || text.StartsWith("/9j/", StringComparison.Ordinal)
        || text.StartsWith("R0lGODlh", StringComparison.Ordinal) || text.StartsWith("SUkqA", StringComparison.Ordinal);

    /// <summary>The beginning as text, in whatever Unicode encoding its byte order mark says, without white space before it.</summary>
    private static string Start(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> start = bytes[..Math.Min(Reach, bytes.Length)];
        if (start.StartsWith(Encoding.Unicode.Preamble))
            return Encoding.Unicode.GetString(start[2..]).TrimStart();
        if (start.StartsWith(Encoding.BigEndianUnicode.Preamble))
            return Encoding.BigEndianUnicode.GetString(start[2..]).TrimStart();
        return Encoding.Latin1.GetString(start.StartsWith(Encoding.UTF8.Preamble) ? start[3..] : start).TrimStart();
    }
}
