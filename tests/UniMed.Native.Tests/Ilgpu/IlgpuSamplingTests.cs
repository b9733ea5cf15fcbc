using UniMed.Native.Tests.Devices;
using Xunit;

namespace UniMed.Native.Tests.Ilgpu;

/// <summary>Given the same logits the kernels choose the reference device's tokens, whatever the options.</summary>
public sealed class IlgpuSamplingTests
{
    [Fact]
    public void Tokens_are_those_of_the_reference_device()
    {
        using Device device = DeviceCatalog.Create("ilgpu:cpu");
        SameTokens.AssertTokensAreTheReferences(device, 120);
    }

    [Fact]
    public void Tokens_are_those_of_the_reference_device_through_OpenCL()
    {
        using Device device = IlgpuOpenClFixture.Open();
        SameTokens.AssertTokensAreTheReferences(device, 120);
    }

    [Fact]
    public void Tokens_are_those_of_the_reference_device_as_PTX()
    {
        using Device device = IlgpuPtxFixture.Open();
        SameTokens.AssertTokensAreTheReferences(device, 40);
    }
}
