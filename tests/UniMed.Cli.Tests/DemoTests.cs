using System.Text.Json;
using UniMed.Cli;
using UniMed.Inference;
using Xunit;

namespace UniMed.Tests;

public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_shows_all_six_tasks_and_writes_pictures_that_decode()
    {
        using var folder = new TemporaryFolder();
        string output = folder.File("pictures");
        CliRun run = await CliRun.Of("demo", "--output", output, "--json");

        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        Assert.Equal(["device", "output", "rows"], CliRun.Members(run.Json));
        JsonElement[] rows = [.. run.Json.GetProperty("rows").EnumerateArray()];
        Assert.Equal(["caption", "cls", "identify", "qa", "refer", "vqa"], rows.Select(row => row.GetProperty("task").GetString()!).Distinct().Order(StringComparer.Ordinal));
        Assert.All(rows, row => Assert.NotEmpty(row.GetProperty("answer").GetString()!));
        Assert.All(rows, row => Assert.True(row.TryGetProperty("truth", out _)));
        int right = rows.Count(row => row.GetProperty("is_right").GetBoolean());
        Assert.True(right > rows.Length / 2, $"{right} of {rows.Length} right");

        string[] pictures = [.. rows.Where(row => row.TryGetProperty("picture", out _)).Select(row => row.GetProperty("picture").GetString()!)];
        Assert.Equal(rows.Count(row => row.GetProperty("task").GetString() is "refer" or "identify"), pictures.Length);
        Assert.Equal(pictures.Length, Directory.GetFiles(output).Length);
        foreach (string picture in pictures)
        {
            MedicalImage image = MedicalImage.Load(picture);
            Assert.True(Math.Max(image.Width, image.Height) >= 512);
            Assert.True(HasColor(image), $"{picture}: no box is drawn on the gray slice");
        }
    }

    [Fact]
    public async Task The_table_for_people_holds_answers_and_truth_and_tells_where_the_pictures_are()
    {
        using var folder = new TemporaryFolder();
        CliRun run = await CliRun.Of("demo", "--output", folder.File("pictures"));
        Assert.Equal(ExitCode.Success, run.ExitCode);
        foreach (string expected in (string[])["true answer", "mri_axial_080", "right insula", "white blood cell", "overlap", folder.File("pictures"), "not for diagnosis"])
            Assert.Contains(expected, run.Output, StringComparison.Ordinal);
    }

    private static bool HasColor(MedicalImage image)
    {
        for (int i = 0; i < image.Rgb.Length; i += 3)
        {
            if (Math.Abs(image.Rgb[i] - image.Rgb[i + 2]) > 64)
                return true;
        }

        return false;
    }
}
