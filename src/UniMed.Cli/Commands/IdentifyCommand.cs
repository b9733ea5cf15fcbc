using System.CommandLine;
using System.Globalization;
using UniMed.Cli.Rendering;
using UniMed.Inference;

namespace UniMed.Cli.Commands;

/// <summary>unimed identify: what lies in a box.</summary>
internal static class IdentifyCommand
{
    private const int Sides = 4;

    public static Command Create(CommandConsole console)
    {
        Argument<string> path = ImageArgument.Create();
        var box = new Option<string>("--box") { Description = "Box as x1,y1,x2,y2: whole percent of width and height, 0 to 100.", HelpName = "x1,y1,x2,y2", Required = true };
        var pixels = new Option<bool>("--pixels") { Description = "The box is in pixels of the image." };
        var window = new WindowFlags();
        var flags = new QuestionFlags();
        var sampling = new SampleFlags();
        var command = new Command("identify", "Name what lies in a box (task identify).") { path, box, pixels };
        window.AddTo(command);
        flags.AddTo(command);
        sampling.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            RequestOptions options = flags.Read(parsed);
            sampling.Check(parsed, options);
            double[] sides = ReadSides(parsed.GetRequiredValue(box));
            MedicalImage image = await ImageArgument.LoadAsync(console, parsed.GetRequiredValue(path), window.Read(parsed), cancellationToken);
            PercentBox percent = parsed.GetValue(pixels) ? FromPixels(sides, image) : FromPercent(sides);
            using UniMedModel model = await flags.LoadModelAsync(parsed, console, cancellationToken);
            using Study study = model.Open(image);
            LiveAnswer live = flags.Live(parsed, console, LiveAnswer.Looking);
            (TextAnswer answer, AgreementRecord? agreement) = await sampling.AskAsync(
                parsed, options, live, (each, cancellation) => study.IdentifyAsync(percent, each, cancellation), cancellationToken);
            flags.Show(parsed, console, new AnswerRecord(UniMedTask.Identify, answer) { UncalibratedAgreement = agreement }, live.IsShown);
            return ExitCode.Success;
        });
        return command;
    }

    private static double[] ReadSides(string text)
    {
        string[] parts = text.Split(',');
        double[] sides = new double[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out sides[i]) || !double.IsFinite(sides[i]))
                throw new UsageException($"--box is '{text}', and '{parts[i]}' is not a number. Give four numbers, x1,y1,x2,y2.");
        }

        return sides.Length == Sides ? sides : throw new UsageException($"--box is '{text}', which are {sides.Length} numbers. Give four, x1,y1,x2,y2.");
    }

    private static PercentBox FromPercent(double[] sides)
    {
        if (sides.Any(side => side is < 0 or > 100 || side != Math.Floor(side)))
            throw new UsageException("--box must hold whole percent from 0 to 100. For pixels of the image, add --pixels.");
        return Checked(new PercentBox((int)sides[0], (int)sides[1], (int)sides[2], (int)sides[3]));
    }

    private static PercentBox FromPixels(double[] sides, MedicalImage image)
    {
        if (sides[0] < 0 || sides[1] < 0 || sides[2] > image.Width || sides[3] > image.Height)
            throw new UsageException($"--box does not lie in the image, which has {image.Width} x {image.Height} pixels.");
        return Checked(PercentBox.FromPixels(sides[0], sides[1], sides[2] - sides[0], sides[3] - sides[1], image.Width, image.Height));
    }

    private static PercentBox Checked(PercentBox box) => box.X1 <= box.X2 && box.Y1 <= box.Y2
        ? box
        : throw new UsageException("--box is turned inside out: x1 must not be above x2, nor y1 above y2.");
}
