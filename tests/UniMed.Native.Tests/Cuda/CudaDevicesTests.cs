using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Nvidia;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

public sealed class CudaDevicesTests
{
    [Fact]
    public void The_emulated_card_can_be_opened()
    {
        HostLibrary.Get();

        using ICudaDriver driver = CudaDevices.Open("cuda-emulated");

        Assert.True(driver.BringsKernels);
        Assert.Contains(CudaDevices.List(), device => device.Name == "cuda-emulated" && device.IsAvailable && device.Detail.Contains("kernels on the CPU", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("cuda")]
    [InlineData("cuda:0")]
    [InlineData("cuda:4711")]
    public void A_card_that_is_not_there_says_why(string name)
    {
        Assert.SkipWhen(NvidiaLibrary.TryGet(out _) is not null && name != "cuda:4711", "this machine has a card");

        DeviceUnavailableException error = Assert.Throws<DeviceUnavailableException>(() => CudaDevices.Open(name));

        Assert.Equal(name, error.Device);
        Assert.Contains("NVIDIA", error.Reason, StringComparison.Ordinal);
        Assert.Contains(error.Reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(error.Reason, CudaDevices.Describe(name).Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cuda", true)]
    [InlineData("cuda:0", true)]
    [InlineData("cuda:12", true)]
    [InlineData("cuda-emulated", true)]
    [InlineData("cuda:", false)]
    [InlineData("cuda:-1", false)]
    [InlineData("cuda: 1", false)]
    [InlineData("cuda:99999999999", false)]
    [InlineData("CUDA", false)]
    public void Names_are_known_by_their_form(string name, bool isName)
    {
        Assert.Equal(isName, CudaDevices.IsName(name));
        if (!isName)
            Assert.Contains("cuda-emulated", Assert.Throws<DeviceUnavailableException>(() => CudaDevices.Open(name)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_catalog_lists_them_with_their_reasons()
    {
        foreach (DeviceAvailability device in CudaDevices.List())
            Assert.Equal(device, Assert.Single(DeviceCatalog.List(), entry => entry.Name == device.Name));

        Assert.Contains("cuda:7", Assert.ThrowsAny<ArgumentException>(() => DeviceCatalog.Create("cuda:7")).Message, StringComparison.Ordinal);
    }
}
