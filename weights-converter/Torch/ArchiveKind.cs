using System.Text;
using UniMed.WeightsConverter.Bytes;

namespace UniMed.WeightsConverter.Torch;

/// <summary>Tells the two archive formats from the things that are saved under their names by mistake.</summary>
internal static class ArchiveKind
{
    /// <summary>True for a zip archive, false for a legacy archive.</summary>
    /// <exception cref="ConversionException">It is neither; the message says what it seems to be.</exception>
    public static bool IsZip(IByteSource source)
    {
        if (source.Length == 0)
            throw new ConversionException($"{source.Name} is an empty file. Fetch it again.");
        var head = new byte[Math.Min(source.Length, 512)];
        source.Read(0, head);
        if (head.AsSpan().StartsWith("PK"u8))
            return true;
        string text = Encoding.Latin1.GetString(head).TrimStart('\u00ef', '\u00bb', '\u00bf', ' ', '\t', '\r', '\n');
        if (text.StartsWith("version https://git-lfs", StringComparison.Ordinal))
            throw new ConversionException($"{source.Name} is a Git LFS pointer, not the weights. Run \"git lfs pull\" in its repository, or download the file itself.");
        if (text.StartsWith('<'))
        {
            throw new ConversionException(
                $"{source.Name} is a web page saved as weights (it starts with \"{Shorten(text)}\"). Download the file itself; a login or a confirmation may be needed.");
        }

        if (head.Length > 8 && head[8] == '{')
        {
            throw new ConversionException(
                $"{source.Name} looks like a safetensors file, not a PyTorch archive. In the language folder it must be called model.safetensors; --vision and --checkpoint read what torch.save writes: "
                + "torch.save(safetensors.torch.load_file(...), ...) in Python.");
        }

        if (head[0] == 0x80)
            return false;
        throw new ConversionException(
            $"{source.Name} is not a PyTorch archive: neither a zip archive nor a pickle. Check that the download is complete and the right file.");
    }

    private static string Shorten(string text) => string.Concat(text.TakeWhile(c => c is >= ' ' and <= '~').Take(20));
}
