using UniMed.Inference.Tasks;

namespace UniMed.Inference;

/// <summary>Where something is (task refer). <see cref="TaskAnswer.Text"/> is what the model said, readable as a box or not.</summary>
public sealed record LocateAnswer : TaskAnswer
{
    internal LocateAnswer(Reply reply)
        : base(reply)
    {
        if (!BoxAnswer.TryParse(reply.Text, out PercentBox box))
            return;
        Percent = box;
        // A prompt without an image has nothing to place the box in.
        Pixels = reply.Images is [var image, ..] ? box.ToPixels(image.Width, image.Height) : null;
    }

    /// <summary>True when the text is a box by the evaluation's rule.</summary>
    public bool Parsed => Percent is not null;

    /// <summary>The box in percent of the image's width and height, integers as the model wrote them; null when not parsed.</summary>
    public PercentBox? Percent { get; }

    /// <summary>The box's corners in pixels of the opened image: percent / 100 x width or height; of several the first; null when not parsed, or without an image. <see cref="PixelBox.CocoXywh"/> gives x, y, width, height.</summary>
    public PixelBox? Pixels { get; }
}
