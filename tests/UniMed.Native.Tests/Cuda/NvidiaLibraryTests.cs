using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Nvidia;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

[Collection(nameof(FakeCuda))]
public sealed class NvidiaLibraryTests
{
    public NvidiaLibraryTests() => FakeCuda.Reset();

    [Fact]
    public void A_driver_that_is_not_there_is_answered_with_the_names_that_were_tried()
    {
        var tried = new List<string>();

        Assert.Null(NvidiaLibrary.TryOpen(["libcuda.so.1", "libcuda.so"], name => { tried.Add(name); return 0; }, (_, _) => 0, out string reason));

        Assert.Equal(["libcuda.so.1", "libcuda.so"], tried);
        Assert.StartsWith("no NVIDIA driver library (tried libcuda.so.1, libcuda.so): install the NVIDIA driver", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Under_Linux_the_folder_of_WSL_is_tried_last()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The names are those of this system.");
        Assert.Equal(["libcuda.so.1", "libcuda.so", "/usr/lib/wsl/lib/libcuda.so.1"], NvidiaLibrary.FileNames);

        Assert.Null(NvidiaLibrary.TryOpen(NvidiaLibrary.FileNames, _ => 0, (_, _) => 0, out string reason));

        Assert.Contains("/usr/lib/wsl/lib/libcuda.so.1", reason, StringComparison.Ordinal);
        Assert.Contains("under WSL, install the driver in Windows and none in Linux", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_newer_than_the_kernels_code_says_why_its_first_start_takes_longer()
    {
        FakeCuda.ComputeCapabilityMajor = 10;

        string description = FakeCuda.TryOpen(out _)!.Devices[0].Description;

        Assert.Contains("compute capability 10.0", description, StringComparison.Ordinal);
        Assert.Contains("its first start takes longer where unimed.fatbin has no code for 10.0", description, StringComparison.Ordinal);
    }

    [Fact]
    public void A_system_without_cuda_says_so()
    {
        Assert.Null(NvidiaLibrary.TryOpen([], _ => 0, (_, _) => 0, out string reason));
        Assert.Contains("operating system", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_card_is_described()
    {
        NvidiaLibrary library = FakeCuda.TryOpen(out string reason)!;

        Assert.Empty(reason);
        Assert.Equal(2, library.Devices.Count);
        Assert.Equal("Card 51, compute capability 9.0, 132 multiprocessors, 80.0 GiB, driver for CUDA 12.4", library.Devices[1].Description);
        Assert.Equal(1, library.Devices[1].Ordinal);
        Assert.Equal(232448, library.Devices[0].MaxSharedBytesPerBlock);
        Assert.True(library.Devices[0].OverlapsLaunches);
        Assert.Contains("cuInit 0", FakeCuda.Calls);
    }

    [Fact]
    public void An_old_driver_is_answered_with_its_version_and_the_needed_one()
    {
        FakeCuda.Version = 11040;
        FakeCuda.Missing.Add("cuLaunchKernelEx");

        Assert.Null(FakeCuda.TryOpen(out string reason));

        Assert.Contains("supports CUDA 11.4, and 12.0 is needed", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_driver_without_a_function_is_answered_with_its_name()
    {
        FakeCuda.Missing.Add("cuGraphLaunch");

        Assert.Null(FakeCuda.TryOpen(out string reason));

        Assert.Contains("lacks cuGraphLaunch", reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CudaStatus.NoDevice, "finds no GPU")]
    [InlineData(CudaStatus.StubLibrary, "stub")]
    [InlineData(CudaStatus.SystemNotReady, "CUDA_ERROR_SYSTEM_NOT_READY (802): the driver's own words. Cards that are joined by NVSwitch wait for the fabric manager")]
    [InlineData(CudaStatus.SystemDriverMismatch, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (803): the driver's own words")]
    internal void A_driver_that_does_not_start_says_why(CudaStatus status, string expected)
    {
        FakeCuda.Answers["cuInit"] = status;

        Assert.Null(FakeCuda.TryOpen(out string reason));

        Assert.Contains(expected, reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_driver_without_cards_or_with_a_failing_call_is_no_device()
    {
        FakeCuda.DeviceCount = 0;
        Assert.Null(FakeCuda.TryOpen(out string none));
        FakeCuda.Answers["cuDeviceGetCount"] = CudaStatus.Unknown;
        Assert.Null(FakeCuda.TryOpen(out string failed));

        Assert.Contains("finds no GPU", none, StringComparison.Ordinal);
        Assert.Contains("cuDeviceGetCount", failed, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_that_is_no_driver_is_refused()
    {
        Assert.Null(NvidiaLibrary.TryOpen(["libcuda.so.1"], _ => 1, (_, _) => 0, out string reason));
        Assert.Contains("is not the NVIDIA driver", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void This_machine_has_a_driver_or_a_reason()
    {
        NvidiaLibrary? library = NvidiaLibrary.TryGet(out string reason);

        Assert.Equal(library is null, reason.Length > 0);
        Assert.True(library is null || library.Devices.Count > 0);
    }
}
