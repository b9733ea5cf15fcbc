namespace UniMed.Native.Cuda;

/// <summary>A file that building native/cuda makes, and where it is looked for.</summary>
/// <param name="FileName">Its name.</param>
/// <param name="Variable">Environment variable that names it; nothing else is tried when that is set.</param>
/// <param name="Missing">What it means when there is none.</param>
/// <param name="HowToBuild">How to make it.</param>
internal sealed record CudaBuildFile(string FileName, string Variable, string Missing, string HowToBuild)
{
    private const string Build = "in the repository's root: cmake -S . -B build && cmake --build build -j2";

    private static readonly string BuildFolder = Path.Combine("build", "native", "cuda");

    /// <summary>The kernels for the CPU.</summary>
    public static CudaBuildFile HostLibrary { get; } = new(
        OperatingSystem.IsWindows() ? "unimed_cuda_host.dll" : OperatingSystem.IsMacOS() ? "libunimed_cuda_host.dylib" : "libunimed_cuda_host.so",
        "UNIMED_CUDA_HOST_LIBRARY",
        "this build has no kernels for the CPU",
        $"build them {Build}");

    /// <summary>The kernels for cards, made where nvcc is.</summary>
    public static CudaBuildFile Fatbin { get; } = new(
        "unimed.fatbin",
        "UNIMED_CUDA_FATBIN",
        "this build has no GPU kernels",
        $"install the CUDA toolkit (nvcc 12), then build them {Build}");

    /// <summary>Finds the file: named by the variable, else beside the application or where its packages have their native files, else in build/native/cuda of a folder above it.</summary>
    /// <param name="variable">Value of <see cref="Variable"/>, or null.</param>
    /// <param name="applicationFolder">Where UniMed.Native lies.</param>
    /// <param name="packageFolders">Folders of packages' native files, as the host found them.</param>
    /// <param name="reason">Where it was looked for and how to make it; empty when it was found.</param>
    /// <returns>An absolute path, or null.</returns>
    public string? Find(string? variable, string applicationFolder, IReadOnlyList<string> packageFolders, out string reason)
    {
        reason = "";
        if (!string.IsNullOrEmpty(variable))
        {
            if (File.Exists(variable))
                return Path.GetFullPath(variable);
            reason = $"{Variable} names {variable}, which is not there: correct or unset it";
            return null;
        }

        foreach (string folder in packageFolders.Prepend(applicationFolder))
        {
            string beside = Path.Combine(folder, FileName);
            if (File.Exists(beside))
                return Path.GetFullPath(beside);
        }

        for (DirectoryInfo? folder = new(applicationFolder); folder is not null; folder = folder.Parent)
        {
            string built = Path.Combine(folder.FullName, BuildFolder, FileName);
            if (File.Exists(built))
                return built;
        }

        reason = $"{Missing}: {FileName} is not named by {Variable}, not in {applicationFolder}, in no package, and not in {BuildFolder} of a folder above it; {HowToBuild}";
        return null;
    }

    /// <summary>Finds the file for this process.</summary>
    /// <inheritdoc cref="Find(string?, string, IReadOnlyList{string}, out string)"/>
    public string? Find(out string reason) => Find(Environment.GetEnvironmentVariable(Variable), AppContext.BaseDirectory, PackageFolders(), out reason);

    /// <summary>Where the host looks for native libraries: the cache or the runtimes folder, whichever the application runs from; none where it was compiled ahead of time.</summary>
    private static string[] PackageFolders() =>
        AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") is string folders ? folders.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) : [];
}
