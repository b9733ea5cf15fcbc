using System.IO.Compression;
using Xunit;

namespace UniMed.Packages.Tests;

/// <summary>The packages hold what they should, and work where nothing of the repository is.</summary>
[Collection(SharedFeed.Name)]
public sealed class PackageTests(PackageFeed feed)
{
    private const string Program = """
        using UniMed.Inference;
        using UniMed.Native;

        using UniMedModel model = UniMedModel.Load(args[0], new UniMedModelOptions { Device = "cpu" });
        await using UniMedEngine engine = UniMedEngine.Create(model);
        using Study study = model.Open(args[1]);
        Console.WriteLine((await study.AskAsync(args[2])).Text);
        Console.WriteLine((await engine.LocateAsync(study.Image, args[3])).Text);
        foreach (DeviceAvailability device in DeviceCatalog.List())
            Console.WriteLine($"{device.Name}: {(device.IsAvailable ? "yes" : "no")}, {device.Detail}");
        """;

    private static readonly string[] NativeAssets = ["libunimed_cuda_host.so", "unimed.fatbin"];

    [Theory]
    [InlineData("UniMed.Native", "lib/net10.0/UniMed.Native.dll", "lib/net10.0/UniMed.Native.xml", "build/UniMed.Native.targets", "buildTransitive/UniMed.Native.targets")]
    [InlineData("UniMed.Inference", "lib/net10.0/UniMed.Inference.dll", "lib/net10.0/UniMed.Inference.xml", "build/UniMed.Inference.targets", "buildTransitive/UniMed.Inference.targets", "buildTransitive/ImageSharp.Substitutions.xml")]
    [InlineData("UniMed.Hosting", "lib/net10.0/UniMed.Hosting.dll", "lib/net10.0/UniMed.Hosting.xml")]
    [InlineData("UniMed.Hosting.AspNetCore", "lib/net10.0/UniMed.Hosting.AspNetCore.dll", "lib/net10.0/UniMed.Hosting.AspNetCore.xml")]
    [InlineData("UniMed.Tool", "tools/net10.0/any/unimed.dll", "tools/net10.0/any/DotnetToolSettings.xml", "tools/net10.0/any/models/unimed-nano/model.safetensors", "tools/net10.0/any/samples/slices/slices.json")]
    public async Task A_package_holds_its_files_its_licence_and_a_readme(string id, params string[] files)
    {
        await using ZipArchive package = await ZipFile.OpenReadAsync(feed.PackageOf(id), TestContext.Current.CancellationToken);
        HashSet<string> held = [.. package.Entries.Select(entry => entry.FullName)];
        Assert.Superset(new HashSet<string>([.. files, "README.md", "LICENSE", "NOTICE", $"{id}.nuspec"]), held);
        Assert.DoesNotContain(held, name => name.EndsWith(".pdb", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Native_files_are_packed_where_they_were_built_and_the_pack_says_where_not()
    {
        await using ZipArchive package = await ZipFile.OpenReadAsync(feed.PackageOf("UniMed.Native"), TestContext.Current.CancellationToken);
        foreach (string asset in NativeAssets)
        {
            bool isBuilt = IsBuilt(asset);
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

        foreach (string asset in NativeAssets)
            await File.WriteAllTextAsync(built + asset, asset, TestContext.Current.CancellationToken);
        (code, output) = await PackNativeAsync(built, "-p:RequireNativeAssets=true");
        Assert.True(code == 0, output);
        await using (ZipArchive package = await ZipFile.OpenReadAsync(Path.Combine(built, $"UniMed.Native.{feed.Version}.nupkg"), TestContext.Current.CancellationToken))
            Assert.All(NativeAssets, asset => Assert.NotNull(package.GetEntry($"runtimes/linux-x64/native/{asset}")));

        File.SetLastWriteTimeUtc(built + NativeAssets[0], new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        (code, output) = await PackNativeAsync(built);
        Assert.NotEqual(0, code);
        Assert.Contains("older than its sources", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_project_restores_the_library_and_answers_as_the_authors_code_does_trimmed_too()
    {
        string project = feed.Make("consumer");
        await File.WriteAllTextAsync(Path.Combine(project, "Program.cs"), Program, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(project, "consumer.csproj"), ProjectFile, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(project, "nuget.config"), await NugetConfigAsync(project), TestContext.Current.CancellationToken);

        await Shell.RunAsync(project, "dotnet", "build", "-c", "Release", "-m:1", "-o", "built");
        string[] lines = (await AskAsync(project, "dotnet", Path.Combine("built", "consumer.dll"))).Split('\n');
        Assert.Equal([GoldenCases.Answer, GoldenCases.Place], lines[..2]);
        Assert.Contains(lines, line => line.StartsWith("ilgpu:cpu: yes", StringComparison.Ordinal));
        // Found where the package has its native files, without any other hint.
        Assert.Contains(lines, line => line.StartsWith($"cuda-emulated: {(IsBuilt("libunimed_cuda_host.so") ? "yes" : "no")}", StringComparison.Ordinal));

        // Pictures are decoded without native code: a host gets no library for them, on any platform.
        Assert.DoesNotContain(Directory.EnumerateFiles(Path.Combine(project, "built"), "*", SearchOption.AllDirectories), NativeFiles.IsForeign);

        string log = await Shell.RunAsync(project, "dotnet", "publish", "-c", "Release", "-m:1", "-r", PackageFeed.Platform, "-p:PublishTrimmed=true", "-p:TrimmerSingleWarn=false", "-o", "trimmed");
        Assert.DoesNotContain("warning", log, StringComparison.OrdinalIgnoreCase);
        Assert.False(File.Exists(Path.Combine(project, "trimmed", "ILGPU.dll")), "Trimming left ILGPU in.");
        Assert.DoesNotContain(Directory.EnumerateFiles(Path.Combine(project, "trimmed"), "*", SearchOption.AllDirectories), NativeFiles.IsForeign);
        lines = (await AskAsync(project, Path.Combine(project, "trimmed", "consumer"))).Split('\n');
        Assert.Equal([GoldenCases.Answer, GoldenCases.Place], lines[..2]);
        Assert.Contains(lines, line => line.StartsWith("ilgpu:cpu: no, ILGPU was left out of this program", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_tool_installs_and_answers_with_the_model_it_brings()
    {
        string folder = feed.Make("tool");
        await File.WriteAllTextAsync(Path.Combine(folder, "nuget.config"), $"<configuration><packageSources><clear /><add key=\"feed\" value=\"{feed.Folder}\" /></packageSources></configuration>", TestContext.Current.CancellationToken);
        await Shell.RunAsync(folder, "dotnet", "tool", "install", "UniMed.Tool", "--tool-path", "tools", "--version", feed.Version, "--configfile", "nuget.config");
        string unimed = Path.Combine(folder, "tools", "unimed");

        Assert.Contains("unimed-nano", await Shell.RunAsync(folder, unimed, "info", "--json"), StringComparison.Ordinal);
        Assert.Equal(GoldenCases.Answer, (await Shell.RunAsync(folder, unimed, "ask", GoldenCases.Slice, GoldenCases.Question)).Trim());
        Assert.Contains(feed.Version, await Shell.RunAsync(folder, unimed, "--version"), StringComparison.Ordinal);
    }

    private string ProjectFile => $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <Nullable>enable</Nullable>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="UniMed.Inference" Version="{feed.Version}" />
          </ItemGroup>
        </Project>
        """;

    /// <summary>The feed beside the sources this machine has. Packages of others come from its cache where they are there, ours go to a cache of the project's own.</summary>
    private async Task<string> NugetConfigAsync(string project)
    {
        string cache = (await Shell.RunAsync(project, "dotnet", "nuget", "locals", "global-packages", "--list")).Split(':', 2)[1].Trim();
        return $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <fallbackPackageFolders><add key="cache" value="{cache}" /></fallbackPackageFolders>
              <packageSources><add key="unimed" value="{feed.Folder}" /></packageSources>
            </configuration>
            """;
    }

    private async Task<(int Code, string Output)> PackNativeAsync(string built, params string[] more)
    {
        string suffix = feed.Version["0.1.0-".Length..];
        (int code, string output, _) = await Shell.TryAsync(
            Golden.Root, "dotnet", ["pack", "src/UniMed.Native", "--no-build", .. feed.Artifacts, $"-p:VersionSuffix={suffix}", $"-p:NativeBuildFolder={built}", $"-p:PackageOutputPath={built}", .. more]);
        return (code, output);
    }

    private static bool IsBuilt(string asset) => File.Exists(Path.Combine(Golden.Root, "build", "native", "cuda", asset));

    private static Task<string> AskAsync(string folder, string program, params string[] first) =>
        Shell.RunAsync(folder, program, [.. first, Golden.NanoModel, GoldenCases.Slice, GoldenCases.Question, GoldenCases.Phrase]);
}
