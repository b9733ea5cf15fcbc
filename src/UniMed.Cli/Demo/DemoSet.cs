using UniMed.Inference;

namespace UniMed.Cli.Demo;

/// <summary>The bundled slices and what the demo asks about them: slices.json.</summary>
internal sealed record DemoSet(IReadOnlyList<DemoSlice> Slices, IReadOnlyList<DemoQuestion> Questions);

/// <summary>A bundled slice.</summary>
/// <param name="File">Its picture, beside slices.json.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Plane">axial, coronal or sagittal.</param>
/// <param name="Structures">The atlas's labels in it.</param>
internal sealed record DemoSlice(string File, int Width, int Height, string Plane, IReadOnlyList<DemoStructure> Structures);

/// <summary>One question of the demo.</summary>
/// <param name="Task">Name of the task.</param>
/// <param name="Slice">The slice's file; null for qa.</param>
/// <param name="Ask">The question (vqa, qa) or the structure (refer, identify); null for caption and cls.</param>
/// <param name="Labels">The labels to choose from (cls).</param>
/// <param name="Truth">The true answer; null where it follows from the structure (refer, identify).</param>
internal sealed record DemoQuestion(string Task, string? Slice, string? Ask, IReadOnlyList<string>? Labels, string? Truth);

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
