using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace UniMed.Native.Tests.Ilgpu;

/// <summary>NVIDIA's assembler of the CUDA toolkit; it needs no GPU.</summary>
public static partial class PtxAssembler
{
    /// <summary>Why tests that need it are skipped.</summary>
    public const string Missing = "no ptxas in UNIMED_PTXAS, PATH, CUDA_PATH or the user's cache; native/cuda/tools/install-toolkit ~/.cache/cuda-12.4 installs it";

    /// <summary>Its path, or null.</summary>
    public static string? Find()
    {
        string cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        IEnumerable<string?> candidates =
        [
            Environment.GetEnvironmentVariable("UNIMED_PTXAS"),
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "ptxas")),
            Path.Combine(Environment.GetEnvironmentVariable("CUDA_PATH") ?? "/usr/local/cuda", "bin", "ptxas"),
            Path.Combine(cache, "cuda-12.4", "bin", "ptxas"),
        ];
        return candidates.FirstOrDefault(path => !string.IsNullOrEmpty(path) && File.Exists(path));
    }

    /// <summary>Assembles a kernel.</summary>
    /// <exception cref="InvalidOperationException">ptxas refuses it; the message holds what it says.</exception>
    public static PtxResources Assemble(string ptxas, string ptx, string architecture)
    {
        string folder = Directory.CreateTempSubdirectory("unimed-ptx-").FullName;
        try
        {
            string source = Path.Combine(folder, "kernel.ptx");
            File.WriteAllText(source, ptx);
            var start = new ProcessStartInfo(ptxas, ["-v", "-arch", architecture, "-o", Path.Combine(folder, "kernel.cubin"), source])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            };
            using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{ptxas} did not start.");
            Task<string> ordinary = process.StandardOutput.ReadToEndAsync();
            string said = process.StandardError.ReadToEnd() + ordinary.GetAwaiter().GetResult();
            process.WaitForExit();
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"ptxas ends with {process.ExitCode}: {said}");
            return new PtxResources(Number(Registers(), said), Number(SpillStores(), said), Number(StackFrame(), said), Number(SharedMemory(), said));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Number(Regex pattern, string text) =>
        pattern.Match(text) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex Registers();

    [GeneratedRegex(@"(\d+) bytes spill stores")]
    private static partial Regex SpillStores();

    [GeneratedRegex(@"(\d+) bytes stack frame")]
    private static partial Regex StackFrame();

    [GeneratedRegex(@"(\d+) bytes smem")]
    private static partial Regex SharedMemory();
}
