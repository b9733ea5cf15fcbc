using UniMed.Native.Tests.Devices;
using UniMed.PtxMachine.Driver;
using UniMed.PtxMachine.Execution;
using Xunit;

namespace UniMed.Native.Tests.Ptx;

/// <summary>The PTX that ships, as the machine reads it.</summary>
public sealed class PtxOfTheKernelsTests
{
    [Fact]
    public void Every_kernel_is_made_of_instructions_that_the_machine_knows()
    {
        PtxImage image = PtxFixture.Image();

        Assert.NotEmpty(image.KernelNames);
        Assert.All(image.KernelNames, name =>
        {
            Program program = image.Find(name)!;
            Assert.NotEmpty(program.Code);
            Assert.Equal(program.ParameterBytes, image.ParametersOf(program).Select(parameter => parameter.Bytes));
        });
    }
}
