using System.Runtime.CompilerServices;

namespace UniMed.Native;

/// <summary>
/// The ILGPU devices by name: ilgpu (a GPU, through CUDA or else OpenCL), ilgpu:cuda, ilgpu:opencl, ilgpu:cpu. What opens them is in the package UniMed.Native.Ilgpu, which brings ILGPU. Nothing refers to it:
/// a program that references the package has its devices, another one says that they can be added.
/// </summary>
internal static class IlgpuFamily
{
    /// <summary>A GPU, through whichever backend.</summary>
    public const string Any = "ilgpu";

    /// <summary>A GPU, through CUDA.</summary>
    public const string Cuda = "ilgpu:cuda";

    /// <summary>The first GPU of OpenCL, else its first device.</summary>
    public const string OpenCl = "ilgpu:opencl";

    /// <summary>ILGPU's CPU accelerator.</summary>
    public const string Cpu = "ilgpu:cpu";

    private const string Package = "UniMed.Native.Ilgpu";

    /// <summary>The kind, for the catalog.</summary>
    public static DeviceFamily Family { get; } = new(Any, List, IsName, Describe, Open);

    /// <summary>True for names of this kind of device, whether there is such a device or not.</summary>
    public static bool IsName(string name) => name is Any or Cuda or OpenCl or Cpu;

    /// <summary>What a device is, or why there is none.</summary>
    /// <param name="name">A name for which <see cref="IsName"/> is true.</param>
    public static DeviceAvailability Describe(string name) =>
        Find(out string missing) is { } devices ? devices.Describe(name) : new DeviceAvailability(name, false, missing);

    /// <summary>Opens a device.</summary>
    /// <param name="name">A name for which <see cref="IsName"/> is true.</param>
    /// <exception cref="DeviceUnavailableException">It is not there; the message says why.</exception>
    public static Device Open(string name) =>
        Find(out string missing) is { } devices ? devices.Open(name) : throw new DeviceUnavailableException(name, missing);

    private static IReadOnlyList<DeviceAvailability> List() => [.. new[] { Any, Cuda, OpenCl, Cpu }.Select(Describe)];

    /// <summary>The package's devices; null where it is not there or cannot be used, with the reason.</summary>
    private static IDevicePackage? Find(out string missing)
    {
        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            missing = "ILGPU compiles kernels at run time, which a program compiled ahead of time cannot do; publish without NativeAOT";
            return null;
        }

        if (!IlgpuFeature.IsSupported)
        {
            missing = "ILGPU was left out of this program: it finds its kernels by reflection, which trimming does not follow; publish without PublishTrimmed, or see UniMedIlgpu in docs/packages.md";
            return null;
        }

        if (Type.GetType("UniMed.Native.Ilgpu.IlgpuDevices, UniMed.Native.Ilgpu") is not { } found)
        {
            missing = $"it comes with the package {Package}, which this program does not have; dotnet add package {Package}";
            return null;
        }

        // The package uses what only its own version of this assembly is known to have.
        Version? here = typeof(IlgpuFamily).Assembly.GetName().Version;
        Version? there = found.Assembly.GetName().Version;
        if (here != there)
        {
            missing = $"{Package} has version {there} and UniMed.Native {here}; reference one version of both";
            return null;
        }

        missing = "";
        return (IDevicePackage)Activator.CreateInstance(found)!;
    }
}
