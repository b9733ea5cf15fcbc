using UniMed.Inference;

namespace UniMed.Cli.Demo;

/// <summary>A labelled structure of a slice.</summary>
/// <param name="Name">Its name, such as "left thalamus".</param>
/// <param name="Box">x, y, width and height in pixels of the slice.</param>
internal sealed record DemoStructure(string Name, IReadOnlyList<double> Box)
{
    /// <summary>The box in pixels.</summary>
    /// <exception cref="UniMedException">slices.json does not give four numbers.</exception>
    public PixelBox Pixels => Box is [double x, double y, double width, double height]
        ? new PixelBox(x, y, x + width, y + height)
        : throw new UniMedException(UniMedFailure.InvalidInput, $"slices.json: the box of '{Name}' must be four numbers, x, y, width and height in pixels. Restore the file.");

    /// <summary>The box in percent, as an instruction spells it.</summary>
    public PercentBox PercentOf(MedicalImage image)
    {
        (double x, double y, double width, double height) = Pixels.CocoXywh;
        return PercentBox.FromPixels(x, y, width, height, image.Width, image.Height);
    }
}
