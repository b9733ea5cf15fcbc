using System.Reflection;
using System.Runtime.Loader;
using Xunit;

namespace UniMed.Native.Tests.Ilgpu;

/// <summary>Who asks for no ILGPU device does not load ILGPU.</summary>
public sealed class IlgpuLoadingTests
{
    [Theory]
    [InlineData("reference", false)]
    [InlineData("ilgpu:cpu", true)]
    public void Opening_a_device_loads_ILGPU_only_when_it_needs_it(string device, bool loads)
    {
        var fresh = new Recorder();
        Type catalog = fresh.LoadFromAssemblyPath(typeof(DeviceCatalog).Assembly.Location).GetType(typeof(DeviceCatalog).FullName!, throwOnError: true)!;

        using (var opened = (IDisposable)catalog.GetMethod(nameof(DeviceCatalog.Create))!.Invoke(null, [device, null])!)
            Assert.NotNull(opened);

        Assert.Equal(loads, fresh.Asked.Contains("ILGPU"));
    }

    [Fact]
    public void Listing_devices_by_name_knows_the_CPU_accelerator_without_loading_ILGPU()
    {
        var fresh = new Recorder();
        Type devices = fresh.LoadFromAssemblyPath(typeof(DeviceCatalog).Assembly.Location).GetType("UniMed.Native.Ilgpu.IlgpuDevices", throwOnError: true)!;

        object described = devices.GetMethod("Describe")!.Invoke(null, ["ilgpu:cpu"])!;

        Assert.Contains("IsAvailable = True", described.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("ILGPU", fresh.Asked);
    }

    /// <summary>Loads its own copies, and remembers what was asked for.</summary>
    private sealed class Recorder() : AssemblyLoadContext(nameof(IlgpuLoadingTests))
    {
        public HashSet<string> Asked { get; } = [];

        protected override Assembly? Load(AssemblyName name)
        {
            Asked.Add(name.Name!);
            string path = Path.Combine(AppContext.BaseDirectory, name.Name + ".dll");
            return name.Name == "ILGPU" ? LoadFromAssemblyPath(path) : null;
        }
    }
}
