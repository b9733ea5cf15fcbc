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

    [Fact]
    public void A_file_that_was_not_there_is_written()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("config.json");

        AtomicFile.Write(file, "new"u8);

        Assert.Equal("new", File.ReadAllText(file));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void A_link_that_led_nowhere_leads_to_the_new_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege on Windows");
        using var folder = new TemporaryFolder();
        string file = folder.File("config.json");
        string link = folder.File("link.json");
        File.CreateSymbolicLink(link, "config.json");

        AtomicFile.Write(link, "new"u8);

        Assert.Equal("config.json", new FileInfo(link).LinkTarget);
        Assert.Equal("new", File.ReadAllText(file));
    }
}
