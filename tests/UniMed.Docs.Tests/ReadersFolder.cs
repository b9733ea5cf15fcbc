namespace UniMed.Docs.Tests;

/// <summary>The current folder of a reader who has a clone and files of the names that the documents use. Restores the test's own when it is disposed.</summary>
internal sealed class ReadersFolder : IDisposable
{
    private readonly string _before = Environment.CurrentDirectory;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unimed-docs-");

    public ReadersFolder()
    {
        string slices = Path.Combine(Golden.Root, "samples", "slices");
        File.Copy(Path.Combine(slices, "mri_axial_080.png"), At("slice.png"));
        File.Copy(Path.Combine(Golden.Root, "samples", "requests.jsonl"), At("requests.jsonl"));
        File.WriteAllText(At("texts.jsonl"), "{\"id\": 1, \"text\": \"left insula\"}\n");
        foreach (string folder in (string[])["models", "samples"])
            Directory.CreateSymbolicLink(At(folder), Path.Combine(Golden.Root, folder));
        foreach (string model in (string[])["my-model", "Llama-2-7b-chat-hf"])
            Directory.CreateSymbolicLink(At(model), Golden.NanoModel);
        Directory.CreateDirectory(At("slices"));
        File.Copy(At("slice.png"), At("slices/mri_axial_080.png"));
        Environment.CurrentDirectory = _folder.FullName;
    }

    public void Dispose()
    {
        Environment.CurrentDirectory = _before;
        _folder.Delete(recursive: true);
    }

    private string At(string name) => Path.Combine(_folder.FullName, name);
}
