using System.CommandLine;
using UniMed.Cli.Streams;
using UniMed.Inference;

namespace UniMed.Cli.Commands;

/// <summary>The image a command is about.</summary>
internal static class ImageArgument
{
    public const string Formats = "PNG, JPEG, BMP, GIF or WebP";

    /// <summary>Standard input as an image.</summary>
    public const string Standard = "-";

    public static Argument<string> Create() => new("IMAGE") { Description = $"Image file: {Formats}; {Standard} reads standard input." };

    /// <summary>Reads an image from a file, a pipe or standard input.</summary>
    /// <exception cref="UsageException">The name is empty, or standard input is named twice.</exception>
    /// <exception cref="ImageException">The file cannot be used.</exception>
    public static async Task<MedicalImage> LoadAsync(CommandConsole console, string path, ImageDecodeOptions options, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw new UsageException($"The name of an image is '{path}'. Name an image file.");
        Stream? input = path == Standard ? console.TakeInput("the image") : null;

        // A pipe may keep its reader waiting, and opening one cannot be interrupted.
        return await Task.Run(() => input is null ? MedicalImage.Load(path, options) : MedicalImage.Load(input, options, "standard input"), cancellationToken).WaitAsync(cancellationToken);
    }

    /// <summary>The image among the files that a command reads.</summary>
    public static InputFiles AddImage(this InputFiles inputs, string path) => path == Standard ? inputs.AddStandardInput("the image") : inputs.Add(path, "the image");
}
