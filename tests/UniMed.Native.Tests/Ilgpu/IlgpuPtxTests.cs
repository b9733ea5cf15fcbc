using System.Globalization;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Runtime.Cuda;
using UniMed.Native.Ilgpu;
using UniMed.Native.Ilgpu.Kernels;
using Xunit;

namespace UniMed.Native.Tests.Ilgpu;

/// <summary>Every kernel becomes PTX without a GPU, and assembles where there is ptxas.</summary>
public sealed partial class IlgpuPtxTests(ITestOutputHelper output)
{
    /// <summary>Registers that a thread of 256 can have when two groups share a multiprocessor: 65536 / 512.</summary>
    private const int MostRegisters = 128;

    private const int MostSharedBytes = 48 << 10;

    public static TheoryData<int, int> Architectures => new() { { 8, 0 }, { 9, 0 } };

    /// <summary>Each kernel's text for sm_80, and for sm_90 but for the numbers that ILGPU counts up for names: what the PTX machine runs stands for both.</summary>
    [Fact]
    public void Every_kernel_compiles_to_the_same_PTX_for_all_architectures()
    {
        using Context context = IlgpuAccelerator.CreateContext();
        foreach ((string name, string ptx, string newer) in Compile(context, CudaArchitecture.SM_80).Zip(Compile(context, CudaArchitecture.SM_90), (a, b) => (a.Name, a.Ptx, b.Ptx)))
        {
            Assert.True(EntryPoint().IsMatch(ptx), $"{name} has no entry point.");
            // ILGPU writes for sm_80 whatever newer card it is for; the driver, like ptxas, assembles that for the card.
            Assert.Contains(".target sm_80", ptx, StringComparison.Ordinal);
            // Consumer cards have little of it, and Intel's none.
            Assert.DoesNotContain(".f64", ptx, StringComparison.Ordinal);
            Assert.DoesNotContain(".approx", ptx, StringComparison.Ordinal);
            Assert.Equal(WithPlainNames(ptx), WithPlainNames(newer));
        }
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Every_kernel_assembles_within_its_budget(int major, int minor)
    {
        string? ptxas = PtxAssembler.Find();
        Assert.SkipWhen(ptxas is null, PtxAssembler.Missing);
        using Context context = IlgpuAccelerator.CreateContext();
        foreach ((string name, string ptx) in Compile(context, new CudaArchitecture(major, minor)))
        {
            PtxResources used = PtxAssembler.Assemble(ptxas, ptx, $"sm_{major}{minor}");
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"sm_{major}{minor}\t{name}\t{used.Registers}\t{used.SpilledBytes}\t{used.SharedBytes}"));
            Assert.True(used.Registers <= MostRegisters, $"{name} takes {used.Registers} registers; {MostRegisters} are allowed.");
            Assert.True(used.SpilledBytes == 0, $"{name} spills {used.SpilledBytes} bytes.");
            Assert.True(used.StackBytes == 0, $"{name} keeps {used.StackBytes} bytes in memory of its threads.");
            Assert.True(used.SharedBytes <= MostSharedBytes, $"{name} takes {used.SharedBytes} bytes of shared memory.");
        }
    }

    private static IEnumerable<(string Name, string Ptx)> Compile(Context context, CudaArchitecture architecture)
    {
        foreach (IIlgpuKernel kernel in IlgpuKernels.Create<GpuShape>(null).All)
            yield return (kernel.Name, IlgpuPtxLoader.Compile(context, architecture, kernel.Method));
    }

    /// <summary>Names by their order in the text.</summary>
    private static string WithPlainNames(string ptx)
    {
        var names = new Dictionary<string, string>();
        return CountedName().Replace(ptx, match =>
        {
            if (!names.TryGetValue(match.Value, out string? plain))
                names.Add(match.Value, plain = $"name{names.Count}");
            return plain;
        });
    }

    [GeneratedRegex(@"\bL_\d+|\b_\w+_\d+")]
    private static partial Regex CountedName();

    [GeneratedRegex(@"\.visible \.entry \w+\(")]
    private static partial Regex EntryPoint();
}
