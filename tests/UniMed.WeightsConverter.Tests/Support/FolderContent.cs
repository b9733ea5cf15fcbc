namespace UniMed.WeightsConverter.Tests.Support;

/// <summary>Files of a folder as bytes, for comparison.</summary>
internal static class FolderContent
{
    public static SortedDictionary<string, byte[]> Read(string folder)
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            files[Path.GetRelativePath(folder, path)] = File.ReadAllBytes(path);
        return files;
    }
}
