using System.Reflection;
using System.Runtime.InteropServices;
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

        using (var opened = (IDisposable)Catalog(fresh).GetMethod(nameof(DeviceCatalog.Create))!.Invoke(null, [device, null])!)
            Assert.NotNull(opened);

        Assert.Equal(loads, fresh.Asked.Contains("ILGPU"));
    }

    [Fact]
    public void Auto_loads_ILGPU_only_for_a_GPU()
    {
        Assert.SkipWhen(NativeLibrary.TryLoad("libcuda.so.1", out _), "an NVIDIA driver is asked through ILGPU");
        var fresh = new Recorder();

        string choice = Catalog(fresh).GetMethod(nameof(DeviceCatalog.Choose), [typeof(string)])!.Invoke(null, [DeviceCatalog.Auto])!.ToString()!;

        Assert.Contains("UniMed.Native.Ilgpu", fresh.Asked);
        Assert.Equal(choice.StartsWith("Device ilgpu", StringComparison.Ordinal), fresh.Asked.Contains("ILGPU"));
    }

    [Fact]
    public void Describing_the_CPU_accelerator_does_not_load_ILGPU()
    {
        var fresh = new Recorder();

        Assert.Contains("IsAvailable = True", Describe(fresh, "ilgpu:cpu"), StringComparison.Ordinal);
        Assert.DoesNotContain("ILGPU", fresh.Asked);
    }

    [Theory]
    [InlineData("ilgpu")]
    [InlineData("ilgpu:cuda")]
    [InlineData("ilgpu:opencl")]
    [InlineData("ilgpu:cpu")]
    public void Without_the_package_each_of_its_devices_says_how_to_add_it(string device)
    {
        var fresh = new Recorder { Without = "UniMed.Native.Ilgpu" };

        string described = Describe(fresh, device);
        var refused = Assert.IsType<TargetInvocationException>(Record.Exception(() => Catalog(fresh).GetMethod(nameof(DeviceCatalog.Create))!.Invoke(null, [device, null])));

        Assert.Contains("IsAvailable = False", described, StringComparison.Ordinal);
        Assert.Contains("dotnet add package UniMed.Native.Ilgpu", described, StringComparison.Ordinal);
        Assert.Contains($"Device '{device}' is not available: it comes with the package UniMed.Native.Ilgpu", Assert.IsType<ArgumentException>(refused.InnerException).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_package_auto_says_why_it_passed_ilgpu_over()
    {
        var fresh = new Recorder { Without = "UniMed.Native.Ilgpu" };

        string choice = Catalog(fresh).GetMethod(nameof(DeviceCatalog.Choose), [typeof(string)])!.Invoke(null, [DeviceCatalog.Auto])!.ToString()!;

        if (choice.StartsWith("Device cuda", StringComparison.Ordinal))
            Assert.DoesNotContain("ilgpu", choice, StringComparison.Ordinal);
        else
            Assert.Contains("no ilgpu: it comes with the package UniMed.Native.Ilgpu", choice, StringComparison.Ordinal);
    }

    private static Type Catalog(AssemblyLoadContext fresh) =>
        fresh.LoadFromAssemblyPath(typeof(DeviceCatalog).Assembly.Location).GetType(typeof(DeviceCatalog).FullName!, throwOnError: true)!;

    private static string Describe(AssemblyLoadContext fresh, string device) =>
        Catalog(fresh).Assembly.GetType(typeof(IlgpuFamily).FullName!, throwOnError: true)!.GetMethod(nameof(IlgpuFamily.Describe))!.Invoke(null, [device])!.ToString()!;

    /// <summary>Loads its own copies, and remembers what was asked for.</summary>
    private sealed class Recorder() : AssemblyLoadContext(nameof(IlgpuLoadingTests))
    {
        public HashSet<string> Asked { get; } = [];

        /// <summary>What is not there.</summary>
        public string? Without { get; init; }

        protected override Assembly? Load(AssemblyName name)
        {
            Asked.Add(name.Name!);
            if (name.Name == Without)
                throw new FileNotFoundException($"{name.Name} is not there.");
            return name.Name is "ILGPU" or "UniMed.Native" or "UniMed.Native.Ilgpu" ? LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, name.Name + ".dll")) : null;
        }
    }
}
