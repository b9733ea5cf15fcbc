using System.CommandLine;
using UniMed.Inference.Imaging;

namespace UniMed.Cli.Commands;

/// <summary>The image a command is about.</summary>
internal static class ImageArgument
{
    public const string Formats = "PNG, JPEG, BMP, GIF or WebP";

    public static Argument<string> Create() => new("IMAGE") { Description = $"Image file: {Formats}." };

    /// <exception cref="UsageException">The name is empty.</exception>
    /// <exception cref="ImageException">The file cannot be used.</exception>
    public static MedicalImage Load(string path, ImageDecodeOptions options) => path.Length > 0
        ? MedicalImage.Load(path, options)
        : throw new UsageException("The name of an image is empty. Name an image file.");
}
