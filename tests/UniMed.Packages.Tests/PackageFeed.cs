using System.Runtime.InteropServices;
using System.Xml.Linq;
using Xunit;

namespace UniMed.Packages.Tests;

/// <summary>A copy of what the packages are made of, packed by the documented command. All builds here share the copy, so what one has compiled the next one finds, and nothing another test runs is replaced under it.</summary>
public sealed class PackageFeed : IAsyncLifetime
{
    private static readonly string[] Sources = ["src", "samples", "models/unimed-nano", "native/cuda"];
    private static readonly string[] BuildOutputs = ["bin", "obj"];

    /// <summary>The solution's own build runs the analyzers.</summary>
    private static readonly Dictionary<string, string> BuildEnvironment = new() { ["RunAnalyzers"] = "false" };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unimed-packages-");

    /// <summary>The version that is packed, as the repository has it.</summary>
    public static string Version { get; } =
        XDocument.Load(Path.Combine(Golden.Root, "Directory.Build.props")).Descendants("VersionPrefix").Single().Value;

    /// <summary>This machine, as .NET names it.</summary>
    public static string Platform => RuntimeInformation.RuntimeIdentifier;

    /// <summary>What CMake builds of native/cuda, where it was built.</summary>
    public static IReadOnlyList<string> NativeAssets { get; } = ["libunimed_cuda_host.so", "unimed.fatbin"];

    /// <summary>The copy of the repository.</summary>
    public string Repository => Path.Combine(_folder.FullName, "repository");

    /// <summary>What packing said.</summary>
    public string Log { get; private set; } = "";

    /// <summary>Whether a native file was built before these tests.</summary>
    public static bool IsBuilt(string asset) => File.Exists(Path.Combine(Golden.Root, "build", "native", "cuda", asset));

    /// <summary>An empty folder.</summary>
    public string Make(string name) => _folder.CreateSubdirectory(name).FullName;

    /// <summary>A package.</summary>
    public string PackageOf(string id) => Path.Combine(Repository, "artifacts", "packages", $"{id}.{Version}.nupkg");

    /// <summary>Runs commands in the copy of the repository. Outputs of earlier builds are taken where they still hold.</summary>
    /// <param name="commands">Lines of bash.</param>
    /// <param name="properties">Properties of the build, given as variables.</param>
    /// <returns>What they wrote to standard output.</returns>
    public Task<string> RunAsync(string commands, params IEnumerable<(string Name, string Value)> properties) =>
        Shell.ScriptAsync(Repository, commands, BuildEnvironment.Concat(properties.Select(property => KeyValuePair.Create(property.Name, property.Value))));

    /// <summary>
    /// Runs commands as a user of the packages does who has none of UniMed in the cache: it is one of their own, empty, beside the folder. Packages of others come from this machine's cache where they are there.
    /// </summary>
    /// <param name="folder">The current folder.</param>
    /// <param name="commands">Lines of bash.</param>
    /// <returns>What they wrote to standard output.</returns>
    public async Task<string> RunAsUserAsync(string folder, string commands)
    {
        string others = Path.Combine(_folder.FullName, "packages-of-others");
        if (!Directory.Exists(others))
        {
            string cache = (await Shell.RunAsync(folder, "dotnet", "nuget", "locals", "global-packages", "--list")).Split(':', 2)[1].Trim();
            Directory.CreateDirectory(others);
            foreach (DirectoryInfo package in new DirectoryInfo(cache).EnumerateDirectories().Where(package => !package.Name.StartsWith("unimed", StringComparison.OrdinalIgnoreCase)))
                Directory.CreateSymbolicLink(Path.Combine(others, package.Name), package.FullName);
        }

        return await Shell.ScriptAsync(folder, commands, new Dictionary<string, string>
        {
            ["NUGET_PACKAGES"] = Path.Combine(_folder.FullName, "packages"),
            ["NUGET_FALLBACK_PACKAGES"] = others,
        });
    }

    /// <summary>Copies and packs.</summary>
    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Repository);
        foreach (string file in Directory.EnumerateFiles(Golden.Root).Where(file => !Path.GetFileName(file).StartsWith(".git", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(Repository, Path.GetFileName(file)));
        foreach (string source in Sources)
            Copy(Path.Combine(Golden.Root, source), Path.Combine(Repository, source));
        string native = Directory.CreateDirectory(Path.Combine(Repository, "build", "native", "cuda")).FullName;
        foreach (string asset in NativeAssets.Where(IsBuilt))
            File.Copy(Path.Combine(Golden.Root, "build", "native", "cuda", asset), Path.Combine(native, asset));
        // One build at a time: nodes of their own would each load the compiler.
        await File.WriteAllTextAsync(Path.Combine(Repository, "Directory.Build.rsp"), "-m:1");
        Log = await RunAsync(DocumentedCommands.Pack);
    }

    /// <summary>Deletes all of it.</summary>
    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (string folder in Directory.EnumerateDirectories(from).Where(folder => !BuildOutputs.Contains(Path.GetFileName(folder))))
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
