using UniMed.Native.Cuda;
using UniMed.Native.Tests.Devices;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

/// <summary>Given the same logits the CUDA kernels choose the reference device's tokens, whatever the options.</summary>
public sealed class CudaSamplingTests
{
    [Fact]
    public void Tokens_are_those_of_the_reference_device()
    {
        using var device = new CudaDevice(HostLibrary.Open());
        SameTokens.AssertTokensAreTheReferences(device, 120);
    }

    [Fact]
    public void Tokens_are_those_of_the_reference_device_as_PTX()
    {
        using var fixture = new PtxFixture();
        SameTokens.AssertTokensAreTheReferences(fixture.Device, 24);
    }
}
