namespace UniMed.Inference.Weights;

/// <summary>Recognizes what people find under a weight file's name instead of weights.</summary>
internal static class ForeignFile
{
    /// <summary>What the file is and what to do about it, or null when it is nothing known.</summary>
    /// <param name="start">The first bytes of the file.</param>
    /// <param name="expected">What it should hold.</param>
    public static string? Recognize(ReadOnlySpan<byte> start, string expected = "weights")
    {
        if (start.StartsWith("version https://git-lfs"u8))
            return $"It is a Git LFS pointer, not the {expected}. Run 'git lfs pull' in the folder it came from, or download the file itself.";
        if (start.StartsWith("PK\x03\x04"u8))
            return "It is a zip archive, most likely a PyTorch .pth or .bin file under another name. Convert it with unimed-convert.";
        if (start.Length >= 2 && start[0] == 0x80 && start[1] is >= 2 and <= 5)
            return "It is a Python pickle, most likely a legacy PyTorch .pth or .bin file under another name. Convert it with unimed-convert.";
        ReadOnlySpan<byte> text = start.TrimStart(" \t\r\n"u8);
        if (StartsWithIgnoringCase(text, "<!doctype"u8) || StartsWithIgnoringCase(text, "<html"u8) || StartsWithIgnoringCase(text, "<?xml"u8))
            return $"It is a web page, not {expected}: the download was answered with a login or error page. Download the file again.";
        return null;
    }

    private static bool StartsWithIgnoringCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lowerCasePrefix) =>
        text.Length >= lowerCasePrefix.Length
        && System.Text.Ascii.EqualsIgnoreCase(text[..lowerCasePrefix.Length], lowerCasePrefix);
}
