using System.CommandLine;
using UniMed.Inference;

namespace UniMed.Cli.Commands;

/// <summary>How gray samples become 8-bit gray.</summary>
internal sealed class WindowFlags
{
    private readonly Option<double?> _center = NumberOption.CreateOptional<double>(
        "--window-center", "Gray pictures: window center in stored values, together with --window-width [default: the full range of more than 8 bits; 8 bits stay as they are].");

    private readonly Option<double?> _width = NumberOption.CreateOptional<double>(
        "--window-width", "Gray pictures: window width in stored values, at least 1.");

    private readonly Option<bool> _monochrome1 = new("--monochrome1")
    {
        Description = "Gray pictures: small values are white (DICOM MONOCHROME1).",
    };

    public void AddTo(Command command)
    {
        command.Add(_center);
        command.Add(_width);
        command.Add(_monochrome1);
    }

    /// <exception cref="UsageException">One of center and width is missing, or they are no window.</exception>
    public ImageDecodeOptions Read(ParseResult parsed) => new()
    {
        Windowing = Window(parsed.GetValue(_center), parsed.GetValue(_width)),
        Monochrome1 = parsed.GetValue(_monochrome1),
    };

    private static Windowing? Window(double? center, double? width) => (center, width) switch
    {
        (null, null) => null,
        (null, _) or (_, null) => throw new UsageException("A window has a center and a width: give --window-center and --window-width together, or neither."),
        ({ } c, { } w) when double.IsFinite(c) && double.IsFinite(w) && w >= 1 => new Windowing(c, w),
        _ => throw new UsageException(FormattableString.Invariant(
            $"A window of center {center} and width {width} does not exist: --window-center must be a finite number and --window-width one of at least 1.")),
    };
}
