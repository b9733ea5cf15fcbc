using UniMed.Inference;

string root = args.Length == 2 ? "" : FindRepository();
string modelFolder = args.Length == 2 ? args[0] : Path.Combine(root, "models", "unimed-nano");
string imageFile = args.Length == 2 ? args[1] : Path.Combine(root, "samples", "slices", "mri_sagittal_073.png");

using UniMedModel model = UniMedModel.Load(modelFolder);
using Study study = model.Open(imageFile);

TextAnswer plane = await study.AskAsync("Which plane is this MRI slice in?", new RequestOptions { IncludeTimings = true });
Console.WriteLine($"plane: {plane.Text} ({plane.Timings!.TimeToFirstToken:0} ms to the first token)");

// The study has been looked at: further questions cost language only.
LocateAnswer thalamus = await study.LocateAsync("left thalamus");
Console.WriteLine(thalamus.Pixels is { } box
    ? $"left thalamus: {thalamus.Percent}, x {box.X1:0}-{box.X2:0}, y {box.Y1:0}-{box.Y2:0} pixels"
    : $"left thalamus: no box in '{thalamus.Text}'");

Console.Write("description: ");
await foreach (GeneratedToken token in study.DescribeAsync())
    Console.Write(token.Text);
Console.WriteLine();

ClassifyAnswer kind = await study.ClassifyAsync(["axial brain MRI", "coronal brain MRI", "sagittal brain MRI", "peripheral blood smear"]);
foreach (LabelScore score in kind.Scores)
    Console.WriteLine($"{score.Label}: {score.Probability:p1}");

// A host that decodes DICOM itself passes stored samples with the file's rescale and window.
const int Width = 160, Height = 120;
short[] samples = new short[Width * Height];
for (int i = 0; i < samples.Length; i++)
    samples[i] = (short)((i % Width * 8) - 200);
MedicalImage rendered = MedicalImage.FromGray16(samples, Width, Height, new Windowing(Center: 40, Width: 400, Slope: 1, Intercept: 0), monochrome1: false);
using Study fromHost = model.Open(rendered);
Console.WriteLine($"pixels from a host: {(await fromHost.AskAsync("What modality is used to take this image?")).Text}");

static string FindRepository()
{
    for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
    {
        if (Directory.Exists(Path.Combine(folder.FullName, "models", "unimed-nano")))
            return folder.FullName;
    }

    throw new DirectoryNotFoundException("models/unimed-nano is not above this program. Give a model folder and an image file.");
}
