using System.Reflection;
using UniMed.Tests;
using Xunit;

namespace UniMed.Hosting.Tests;

/// <summary>The samples run as their README says.</summary>
public sealed class SampleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("unimed-samples-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_folder_becomes_a_table_a_second_run_adds_what_is_missing_and_a_broken_picture_is_a_line()
    {
        string pictures = Path.Combine(_folder, "pictures");
        Directory.CreateDirectory(pictures);
        string slices = Path.Combine(Golden.Root, "samples", "slices");
        File.Copy(Path.Combine(slices, "mri_axial_080.png"), Path.Combine(pictures, "a.png"));
        File.WriteAllText(Path.Combine(pictures, "b.png"), "not a picture");
        string table = Path.Combine(_folder, "answers.csv");
        Assert.Equal(3, Run("FolderToCsv", Golden.NanoModel, pictures, table, "Which plane is this MRI slice in?"));
        string[] first = File.ReadAllLines(table);
        Assert.Equal(["picture,answer,error", "\"a.png\",\"axial\",\"\""], first[..2]);
        Assert.StartsWith("\"b.png\",\"\",\"", first[2], StringComparison.Ordinal);

        File.Copy(Path.Combine(slices, "mri_sagittal_073.png"), Path.Combine(pictures, "b.png"), overwrite: true);
        Assert.Equal(0, Run("FolderToCsv", Golden.NanoModel, pictures, table, "Which plane is this MRI slice in?"));
        Assert.Equal([.. first, "\"b.png\",\"sagittal\",\"\""], File.ReadAllLines(table));
    }

    [Fact]
    public void A_table_that_was_cut_off_in_a_line_goes_on_whole_and_names_keep_their_commas_and_quotes()
    {
        string pictures = Path.Combine(_folder, "pictures");
        Directory.CreateDirectory(pictures);
        string slice = Path.Combine(Golden.Root, "samples", "slices", "mri_axial_080.png");
        string[] names = ["a, first.png", "b \"second\".PNG", "c.png"];
        foreach (string name in names)
            File.Copy(slice, Path.Combine(pictures, name));
        File.WriteAllText(Path.Combine(pictures, "notes.txt"), "no picture");
        string table = Path.Combine(_folder, "answers.csv");
        Assert.Equal(0, Run("FolderToCsv", Golden.NanoModel, pictures, table, "Which plane is this MRI slice in?"));
        string whole = File.ReadAllText(table);
        string[] lines = whole.TrimEnd().Split('\n');
        Assert.Equal(["picture,answer,error", "\"a, first.png\",\"axial\",\"\"", "\"b \"\"second\"\".PNG\",\"axial\",\"\"", "\"c.png\",\"axial\",\"\""], lines);

        File.WriteAllText(table, whole[..^9]);
        Assert.Equal(0, Run("FolderToCsv", Golden.NanoModel, pictures, table, "Which plane is this MRI slice in?"));
        Assert.Equal(whole, File.ReadAllText(table));
    }

    [Fact]
    public void A_slice_is_asked_about() =>
        Assert.Equal(0, Run("AskAboutASlice", Golden.NanoModel, Path.Combine(Golden.Root, "samples", "slices", "mri_axial_101.png")));

    private static int Run(string program, params string[] args) => (int?)Assembly.Load(program).EntryPoint!.Invoke(null, [args]) ?? 0;
}
