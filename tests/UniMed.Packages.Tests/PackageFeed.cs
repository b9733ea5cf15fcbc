using System.Globalization;
using System.Runtime.InteropServices;
using Xunit;

namespace UniMed.Packages.Tests;

/// <summary>The packages as the documented command makes them, in a folder of their own, outside the repository.</summary>
public sealed class PackageFeed : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unimed-packages-");

    /// <summary>A version nobody else made: caches cannot answer with an older package.</summary>
    public string Version { get; } = "0.1.0-test." + DateTime.UtcNow.ToString("yyyyMMddHHmmssfff", CultureInfo.InvariantCulture);

    /// <summary>The feed.</summary>
    public string Folder => Path.Combine(_folder.FullName, "feed");

    /// <summary>What packing said.</summary>
    public string Log { get; private set; } = "";

    /// <summary>This machine, as .NET names it.</summary>
    public static string Platform => RuntimeInformation.RuntimeIdentifier;

    /// <summary>What every build here is told: outputs go to their own folder, so that nothing another test runs is replaced under it. The solution's own build runs the analyzers.</summary>
    internal string[] Artifacts => ["-c", "Release", "-m:1", "-p:RunAnalyzers=false", "--artifacts-path", Path.Combine(_folder.FullName, "artifacts")];

    /// <summary>An empty folder.</summary>
    public string Make(string name) => _folder.CreateSubdirectory(name).FullName;

    /// <summary>A file of a package as this version names it.</summary>
    public string PackageOf(string id) => Path.Combine(Folder, $"{id}.{Version}.nupkg");

    /// <summary>Packs.</summary>
    public async ValueTask InitializeAsync() =>
        Log = await Shell.RunAsync(
            Golden.Root, "dotnet", ["pack", "UniMed.Packages.slnf", .. Artifacts, $"-p:VersionSuffix={Version["0.1.0-".Length..]}", $"-p:PackageOutputPath={Folder}"]);

    /// <summary>Deletes all of it.</summary>
    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
