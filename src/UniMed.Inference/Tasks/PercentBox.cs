namespace UniMed.Inference;

/// <summary>
/// A box as the model reads and writes it: two corners in whole percent of the image's width and height. Boxes for an instruction lie in
/// 0-100; an answer may hold any number of one to three digits, in any order.
/// </summary>
/// <param name="X1">Left side, percent of the width.</param>
/// <param name="Y1">Upper side, percent of the height.</param>
/// <param name="X2">Right side, percent of the width.</param>
/// <param name="Y2">Lower side, percent of the height.</param>
public readonly record struct PercentBox(int X1, int Y1, int X2, int Y2)
{
    /// <summary>The box in percent of an image, each side truncated as the evaluation code does: int(coordinate / size x 100).</summary>
    /// <param name="x">Left side in pixels.</param>
    /// <param name="y">Upper side in pixels.</param>
    /// <param name="w">Width in pixels.</param>
    /// <param name="h">Height in pixels.</param>
    /// <param name="width">The image's width in pixels.</param>
    /// <param name="height">The image's height in pixels.</param>
    /// <exception cref="UniMedException">A number is not finite, or the image has no size.</exception>
    public static PercentBox FromPixels(double x, double y, double w, double h, int width, int height)
    {
        RequireSize(width, height);
        if (!double.IsFinite(x) || !double.IsFinite(y) || !double.IsFinite(x + w) || !double.IsFinite(y + h))
        {
            throw new UniMedException(
                UniMedFailure.InvalidInput,
                $"The box x {x}, y {y}, width {w}, height {h} has a side that is not a finite number. Give all four in pixels.");
        }

        // The order of the division and the product decides the last bit: 29 / 50 x 100 is 57.99..., not 58.
        return new PercentBox((int)(x / width * 100), (int)(y / height * 100), (int)((x + w) / width * 100), (int)((y + h) / height * 100));
    }

    /// <summary>The box in pixels of an image: percent / 100 x size, neither rounded nor clipped, as the evaluation code scores it.</summary>
    /// <param name="width">The image's width in pixels.</param>
    /// <param name="height">The image's height in pixels.</param>
    /// <exception cref="UniMedException">The image has no size.</exception>
    public PixelBox ToPixels(int width, int height)
    {
        RequireSize(width, height);
        return new PixelBox(X1 / 100.0 * width, Y1 / 100.0 * height, X2 / 100.0 * width, Y2 / 100.0 * height);
    }

    /// <summary>The box as it stands in instructions and answers: <c>{&lt;x1&gt;&lt;y1&gt;&lt;x2&gt;&lt;y2&gt;}</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{{<{X1}><{Y1}><{X2}><{Y2}>}}");

    private static void RequireSize(int width, int height)
    {
        if (width <= 0 || height <= 0)
        {
            throw new UniMedException(
                UniMedFailure.InvalidInput,
                $"An image of {width} x {height} pixels has no boxes. Give the width and height of the image, both at least 1.");
        }
    }
}
