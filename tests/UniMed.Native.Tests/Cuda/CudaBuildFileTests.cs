using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Emulated;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

public sealed class CudaBuildFileTests : IDisposable
{
    private static readonly CudaBuildFile File = CudaBuildFile.HostLibrary;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unimed-cuda-");

    private string Application => Path.Combine(_folder.FullName, "src", "bin", "net");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_missing_file_is_answered_with_the_search_order_and_how_to_build_it()
    {
        Assert.Null(File.Find(null, Application, [], out string reason));

        Assert.Contains($"{File.FileName} is not named by {File.Variable}, not in {Application}, in no package, and not in {Path.Combine("build", "native", "cuda")} of a folder above it", reason, StringComparison.Ordinal);
        Assert.Contains("cmake -S . -B build && cmake --build build -j2", reason, StringComparison.Ordinal);
        Assert.Null(CudaBuildFile.Fatbin.Find(null, Application, [], out string fatbin));
        Assert.StartsWith("this build has no GPU kernels: unimed.fatbin", fatbin, StringComparison.Ordinal);
        Assert.Contains("nvcc", fatbin, StringComparison.Ordinal);
    }

    [Fact]
    public void The_variable_comes_first_then_the_application_then_its_packages_then_the_build_above()
    {
        string built = Make("build", "native", "cuda", File.FileName);
        Assert.Equal(built, File.Find("", Application, [], out _));
        string packed = Make("packages", "runtimes", "linux-x64", "native", File.FileName);
        Assert.Equal(packed, File.Find(null, Application, [_folder.FullName, Path.GetDirectoryName(packed)!], out _));
        string beside = Make("src", "bin", "net", File.FileName);
        Assert.Equal(beside, File.Find(null, Application, [Path.GetDirectoryName(packed)!], out _));
        string named = Make("other.so");
        Assert.Equal(named, File.Find(named, Application, [], out string reason));
        Assert.Empty(reason);
    }

    [Fact]
    public void A_variable_that_names_nothing_is_an_error_although_there_are_others()
    {
        Make("src", "bin", "net", File.FileName);

        Assert.Null(File.Find("/nowhere/x.so", Application, [], out string reason));

        Assert.Contains($"{File.Variable} names /nowhere/x.so, which is not there", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_library_is_refused_with_its_name()
    {
        string path = Make("other.so");

        Assert.Null(EmulatedLibrary.TryOpen(path, out string reason));

        Assert.Contains($"{path} does not load", reason, StringComparison.Ordinal);
        Assert.Contains("cmake", reason, StringComparison.Ordinal);
    }

    private string Make(params string[] parts)
    {
        string path = Path.Combine([_folder.FullName, .. parts]);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllText(path, "no library");
        return path;
    }
}
