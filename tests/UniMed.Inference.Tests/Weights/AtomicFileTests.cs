using System.Runtime.Versioning;
using UniMed.Inference.Weights;
using Xunit;

namespace UniMed.Tests.Weights;

public sealed class AtomicFileTests
{
    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Replacing_a_file_keeps_its_link_and_its_mode()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes");
        const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var folder = new TemporaryFolder();
        string file = folder.File("config.json");
        string link = folder.File("link.json");
        File.WriteAllText(file, "old");
        File.SetUnixFileMode(file, Private);
        File.CreateSymbolicLink(link, file);

        AtomicFile.Write(link, "new"u8);

        Assert.Equal(file, new FileInfo(link).LinkTarget);
        Assert.Equal(("new", Private), (File.ReadAllText(file), File.GetUnixFileMode(file)));
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
    }
}
