using System.Runtime.InteropServices;

namespace UniMed.GpuBench.Cublas;

/// <summary>Finds cuBLAS: the system's, a CUDA toolkit's, or the one that comes with PyTorch for Python.</summary>
internal static class CublasSearch
{
    private static readonly string[] Names = ["libcublas.so.12", "libcublas.so.13", "libcublas.so.11", "libcublas.so"];

    private static readonly string[] SitePatterns =
    [
        "nvidia/cublas/lib", "nvidia/cu13/lib", "nvidia/cu12/lib", "torch/lib",
    ];

    /// <summary>Paths and names to try, in order; names alone are looked for by the system.</summary>
    public static IEnumerable<string> Candidates()
    {
        IEnumerable<string> folders = Toolkits().Concat(SitePackages().SelectMany(site => SitePatterns.Select(pattern => Path.Combine(site, pattern))));
        return Names.Concat(folders.Where(Directory.Exists).SelectMany(In));
    }

    /// <summary>Loads the first that loads.</summary>
    /// <param name="candidates">Paths and names.</param>
    /// <param name="found">Which it was; empty when there is none.</param>
    public static nint Load(IEnumerable<string> candidates, out string found)
    {
        foreach (string candidate in candidates)
        {
            // libcublas needs libcublasLt, which lies beside it but is found only once it is loaded.
            string? folder = Path.GetDirectoryName(candidate);
            if (!string.IsNullOrEmpty(folder))
            {
                foreach (string companion in Directory.EnumerateFiles(folder, "libcublasLt.so*"))
                    NativeLibrary.TryLoad(companion, out _);
            }

            if (NativeLibrary.TryLoad(candidate, out nint library))
            {
                found = candidate;
                return library;
            }
        }

        found = "";
        return 0;
    }

    private static IEnumerable<string> In(string folder) => Names.Select(name => Path.Combine(folder, name)).Where(File.Exists);

    private static IEnumerable<string> Toolkits()
    {
        if (Environment.GetEnvironmentVariable("CUDA_PATH") is { Length: > 0 } named)
            yield return Path.Combine(named, "lib64");
        foreach (string folder in Folders("/usr/local", "cuda*"))
            yield return Path.Combine(folder, "lib64");
    }

    private static IEnumerable<string> SitePackages()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string?[] roots = ["/usr/lib", "/usr/local/lib", Path.Combine(home, ".local/lib"), "/opt/conda/lib", Join("VIRTUAL_ENV"), Join("CONDA_PREFIX")];
        return roots.OfType<string>().SelectMany(root => Folders(root, "python3*")).SelectMany(python => (string[])[Path.Combine(python, "site-packages"), Path.Combine(python, "dist-packages")]);

        static string? Join(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } folder ? Path.Combine(folder, "lib") : null;
    }

    private static string[] Folders(string root, string pattern) => Directory.Exists(root) ? Directory.GetDirectories(root, pattern) : [];
}
