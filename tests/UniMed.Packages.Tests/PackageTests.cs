using System.IO.Compression;
using System.Xml.Linq;
using Xunit;

namespace UniMed.Packages.Tests;

/// <summary>The packages hold what they should, and work where nothing of the repository is.</summary>
[Collection(SharedFeed.Name)]
public sealed class PackageTests(PackageFeed feed)
{
    private const string Suffix = "rc.1";

    private const string Program = """
        using UniMed.Inference;
        using UniMed.Native;

        using UniMedModel model = UniMedModel.Load(args[0], new UniMedModelOptions { Device = args[1] });
        await using UniMedEngine engine = UniMedEngine.Create(model);
        using Study study = model.Open(args[2]);
        Console.WriteLine((await study.AskAsync(args[3])).Text);
        Console.WriteLine((await engine.LocateAsync(study.Image, args[4])).Text);
        foreach (DeviceAvailability device in DeviceCatalog.List())
            Console.WriteLine($"{device.Name}: {(device.IsAvailable ? "yes" : "no")}, {device.Detail}");
        """;

    [Theory]
    [InlineData("UniMed.Native", "lib/net10.0/UniMed.Native.dll", "lib/net10.0/UniMed.Native.xml")]
    [InlineData("UniMed.Native.Ilgpu", "lib/net10.0/UniMed.Native.Ilgpu.dll", "build/UniMed.Native.Ilgpu.targets", "buildTransitive/UniMed.Native.Ilgpu.targets")]
    [InlineData("UniMed.Inference", "lib/net10.0/UniMed.Inference.dll", "lib/net10.0/UniMed.Inference.xml", "build/UniMed.Inference.targets", "buildTransitive/UniMed.Inference.targets", "buildTransitive/ImageSharp.Substitutions.xml")]
    [InlineData("UniMed.Hosting", "lib/net10.0/UniMed.Hosting.dll", "lib/net10.0/UniMed.Hosting.xml")]
    [InlineData("UniMed.Hosting.AspNetCore", "lib/net10.0/UniMed.Hosting.AspNetCore.dll", "lib/net10.0/UniMed.Hosting.AspNetCore.xml")]
    [InlineData("UniMed")]
    [InlineData("UniMed.Tool", "tools/net10.0/any/unimed.dll", "tools/net10.0/any/UniMed.Bench.dll", "tools/net10.0/any/DotnetToolSettings.xml", "tools/net10.0/any/ILGPU.dll", "tools/net10.0/any/models/unimed-nano/model.safetensors", "tools/net10.0/any/samples/slices/slices.json")]
    public async Task A_package_holds_its_files_its_licence_and_a_readme(string id, params string[] files)
    {
        await using ZipArchive package = await ZipFile.OpenReadAsync(feed.PackageOf(id), TestContext.Current.CancellationToken);
        HashSet<string> held = [.. package.Entries.Select(entry => entry.FullName)];
        Assert.Superset(new HashSet<string>([.. files, "README.md", "LICENSE", "NOTICE", $"{id}.nuspec"]), held);
        Assert.DoesNotContain(held, name => name.EndsWith(".pdb", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("UniMed", "UniMed.Hosting", "UniMed.Inference", "UniMed.Native.Ilgpu")]
    [InlineData("UniMed.Hosting", "UniMed.Inference")]
    [InlineData("UniMed.Hosting.AspNetCore", "UniMed.Hosting")]
    [InlineData("UniMed.Tool")]
    [InlineData("UniMed.Inference", "UniMed.Native")]
    [InlineData("UniMed.Native.Ilgpu", "UniMed.Native")]
    [InlineData("UniMed.Native")]
    public async Task A_package_depends_on_these_of_ours(string id, params string[] expected)
    {
        await using ZipArchive package = await ZipFile.OpenReadAsync(feed.PackageOf(id), TestContext.Current.CancellationToken);
        await using Stream nuspec = await package.GetEntry($"{id}.nuspec")!.OpenAsync(TestContext.Current.CancellationToken);
        XElement[] ours =
        [
            .. XDocument.Load(nuspec).Descendants().Where(element => element.Name.LocalName == "dependency" && ((string)element.Attribute("id")!).StartsWith("UniMed", StringComparison.Ordinal)),
        ];

        Assert.Equal(expected, ours.Select(dependency => (string)dependency.Attribute("id")!).Order(StringComparer.Ordinal));
        // ILGPU's device uses what is internal to UniMed.Native, which may be another thing in another version.
        if (id == "UniMed.Native.Ilgpu")
            Assert.Equal($"[{PackageFeed.Version}]", (string?)Assert.Single(ours).Attribute("version"));
    }

    [Fact]
    public async Task Native_files_are_packed_where_they_were_built_and_the_pack_says_where_not()
    {
        await using ZipArchive package = await ZipFile.OpenReadAsync(feed.PackageOf("UniMed.Native"), TestContext.Current.CancellationToken);
        foreach (string asset in PackageFeed.NativeAssets)
        {
            bool isBuilt = PackageFeed.IsBuilt(asset);
            Assert.Equal(isBuilt, package.GetEntry($"runtimes/linux-x64/native/{asset}") is not null);
            Assert.Equal(!isBuilt, feed.Log.Contains($"packed WITHOUT {asset}", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Native_files_that_are_missing_or_older_than_their_sources_end_a_pack_that_needs_them()
    {
        string built = feed.Make("built-native") + "/";
        (int code, string output) = await PackNativeAsync(built, "-p:RequireNativeAssets=true");
        Assert.NotEqual(0, code);
        Assert.Contains("libunimed_cuda_host.so is missing", output, StringComparison.Ordinal);

        foreach (string asset in PackageFeed.NativeAssets)
            await File.WriteAllTextAsync(built + asset, asset, TestContext.Current.CancellationToken);
        (code, output) = await PackNativeAsync(built, "-p:RequireNativeAssets=true");
        Assert.True(code == 0, output);
        await using (ZipArchive package = await ZipFile.OpenReadAsync(Path.Combine(built, $"UniMed.Native.{PackageFeed.Version}-{Suffix}.nupkg"), TestContext.Current.CancellationToken))
            Assert.All(PackageFeed.NativeAssets, asset => Assert.NotNull(package.GetEntry($"runtimes/linux-x64/native/{asset}")));

        File.SetLastWriteTimeUtc(built + PackageFeed.NativeAssets[0], new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        (code, output) = await PackNativeAsync(built);
        Assert.NotEqual(0, code);
        Assert.Contains("older than its sources", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_with_the_package_UniMed_has_every_device_and_answers_as_the_authors_code_does_trimmed_too()
    {
        string host = await MakeHostAsync("everything", DocumentedCommands.Host);
        // The command asks for one version of a package that NuGet finds in no cache but the host's own: it came from the feed.
        await feed.RunAsUserAsync(host, "dotnet build -c Release -m:1 -o built");

        string[] lines = await AskAsync(host, "cpu", "dotnet", "built/unimed-host.dll");
        Assert.Equal([GoldenCases.Answer, GoldenCases.Place], lines[..2]);
        Assert.Contains(lines, line => line.StartsWith("ilgpu:cpu: yes", StringComparison.Ordinal));
        // Found where the package has its native files, without any other hint.
        Assert.Contains(lines, line => line.StartsWith($"cuda-emulated: {(PackageFeed.IsBuilt("libunimed_cuda_host.so") ? "yes" : "no")}", StringComparison.Ordinal));
        Assert.Equal([GoldenCases.Answer, GoldenCases.Place], (await AskAsync(host, "ilgpu:cpu", "dotnet", "built/unimed-host.dll"))[..2]);

        // Pictures are decoded without native code: a host gets no library for them, on any platform.
        Assert.DoesNotContain(FilesOf(host, "built"), NativeFiles.IsForeign);

        await PublishTrimmedAsync(host);
        lines = await AskAsync(host, "cpu", Path.Combine(host, "trimmed", "unimed-host"));
        Assert.Equal([GoldenCases.Answer, GoldenCases.Place], lines[..2]);
        Assert.Contains(lines, line => line.StartsWith("ilgpu:cpu: no, ILGPU was left out of this program", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_host_of_the_processor_alone_has_neither_ILGPU_nor_Protobuf_and_is_told_how_to_add_a_device()
    {
        string host = await MakeHostAsync("processor", DocumentedCommands.Host.Replace("dotnet add package UniMed ", "dotnet add package UniMed.Inference ", StringComparison.Ordinal));
        await feed.RunAsUserAsync(host, "dotnet build -c Release -m:1 -o built");

        Assert.DoesNotContain(FilesOf(host, "built"), IsOfIlgpuOrProtobuf);
        string[] lines = await AskAsync(host, "auto", "dotnet", "built/unimed-host.dll");
        Assert.Equal([GoldenCases.Answer, GoldenCases.Place], lines[..2]);
        Assert.Contains("ilgpu: no, it comes with the package UniMed.Native.Ilgpu, which this program does not have; dotnet add package UniMed.Native.Ilgpu", lines);
        Assert.DoesNotContain(FilesOf(host, "built"), NativeFiles.IsForeign);

        await PublishTrimmedAsync(host);
        Assert.Equal([GoldenCases.Answer, GoldenCases.Place], (await AskAsync(host, "cpu", Path.Combine(host, "trimmed", "unimed-host")))[..2]);
    }

    [Fact]
    public async Task The_tool_installs_and_answers_with_the_model_it_brings()
    {
        string host = await MakeHostAsync("tool", DocumentedCommands.Host[..DocumentedCommands.Host.IndexOf("dotnet new", StringComparison.Ordinal)]);
        await feed.RunAsUserAsync(host, DocumentedCommands.Tool);
        string unimed = Path.Combine(host, "tools", "unimed");

        Assert.Contains("unimed-nano", await Shell.RunAsync(host, unimed, "info", "--json"), StringComparison.Ordinal);
        Assert.Equal(GoldenCases.Answer, (await Shell.RunAsync(host, unimed, "ask", GoldenCases.Slice, GoldenCases.Question)).Trim());
        Assert.Contains(PackageFeed.Version, await Shell.RunAsync(host, unimed, "--version"), StringComparison.Ordinal);
        Assert.Contains("\"name\":\"ilgpu:cpu\",\"is_available\":true", (await Shell.RunAsync(host, unimed, "devices", "--json")).Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    /// <summary>Runs the documented commands of a new host, and gives it a program. They make a folder beside the repository.</summary>
    private async Task<string> MakeHostAsync(string name, string commands)
    {
        await feed.RunAsUserAsync(feed.Repository, commands);
        string made = Path.Combine(Path.GetDirectoryName(feed.Repository)!, "unimed-host");
        string host = Path.Combine(Path.GetDirectoryName(feed.Repository)!, name);
        Directory.Move(made, host);
        await File.WriteAllTextAsync(Path.Combine(host, "Program.cs"), Program, TestContext.Current.CancellationToken);
        return host;
    }

    private async Task PublishTrimmedAsync(string host)
    {
        string log = await feed.RunAsUserAsync(host, $"dotnet publish -c Release -m:1 -r {PackageFeed.Platform} -p:PublishTrimmed=true -p:TrimmerSingleWarn=false -o trimmed");
        Assert.DoesNotContain("warning", log, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(FilesOf(host, "trimmed"), IsOfIlgpuOrProtobuf);
        Assert.DoesNotContain(FilesOf(host, "trimmed"), NativeFiles.IsForeign);
    }

    private static IEnumerable<string> FilesOf(string host, string folder) => Directory.EnumerateFiles(Path.Combine(host, folder), "*", SearchOption.AllDirectories);

    private static bool IsOfIlgpuOrProtobuf(string path) =>
        Path.GetFileName(path).Contains("ilgpu", StringComparison.OrdinalIgnoreCase) || Path.GetFileName(path).Contains("protobuf", StringComparison.OrdinalIgnoreCase);

    private async Task<(int Code, string Output)> PackNativeAsync(string built, params string[] more)
    {
        (int code, string output, _) = await Shell.TryAsync(
            feed.Repository,
            "dotnet",
            ["pack", "src/UniMed.Native", "-c", "Release", "--no-build", "--no-restore", $"-p:VersionSuffix={Suffix}", $"-p:NativeBuildFolder={built}", $"-p:PackageOutputPath={built}", .. more]);
        return (code, output);
    }

    private static async Task<string[]> AskAsync(string folder, string device, string program, params string[] first) =>
        (await Shell.RunAsync(folder, program, [.. first, Golden.NanoModel, device, GoldenCases.Slice, GoldenCases.Question, GoldenCases.Phrase])).Split('\n');
}
