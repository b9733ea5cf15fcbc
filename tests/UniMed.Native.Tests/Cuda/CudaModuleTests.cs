using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Emulated;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

public sealed class CudaModuleTests : IDisposable
{
    private readonly EmulatedDriver _driver = HostLibrary.Open();

    public void Dispose() => _driver.Dispose();

    [Fact]
    public void A_kernel_is_looked_up_once()
    {
        using CudaModule module = CudaModule.Load(_driver);

        Assert.Same(module.Kernel("rms_norm"), module.Kernel("rms_norm"));
    }

    [Fact]
    public void A_missing_kernel_is_answered_with_the_module_and_the_nearest_names()
    {
        using CudaModule module = CudaModule.Load(_driver);

        string message = Assert.Throws<DeviceUnavailableException>(() => module.Kernel("rmsnorm")).Message;

        Assert.Contains("no kernel named rmsnorm (nearest: rms_norm,", message, StringComparison.Ordinal);
        Assert.Contains(CudaBuildFile.HostLibrary.FileName, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_module_that_was_unloaded_has_no_kernels()
    {
        CudaModule module = CudaModule.Load(_driver);
        module.Dispose();
        module.Dispose();

        Assert.Throws<ObjectDisposedException>(() => module.Kernel("rms_norm"));
    }

    [Fact]
    public void Code_for_cards_is_not_for_the_emulation() =>
        Assert.Contains("unimed.fatbin", Assert.Throws<CudaException>(() => CudaModule.Load(_driver, [1, 2, 3], "unimed.fatbin")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("norm", "norm", 0)]
    [InlineData("rmsnorm", "rms_norm", 1)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("", "abc", 3)]
    public void Names_are_as_far_apart_as_the_letters_to_change(string first, string second, int distance)
    {
        Assert.Equal(distance, EditDistance.Of(first, second));
        Assert.Equal(distance, EditDistance.Of(second, first));
    }
}
