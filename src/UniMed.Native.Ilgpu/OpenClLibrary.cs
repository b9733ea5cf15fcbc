using System.Reflection;
using System.Runtime.InteropServices;

namespace UniMed.Native.Ilgpu;

/// <summary>
/// Where OpenCL's loader is. ILGPU asks for libOpenCL.so, which on Linux comes with the development package; the library that drivers install is libOpenCL.so.1.
/// </summary>
internal static class OpenClLibrary
{
    private const string NameInIlgpu = "OpenCL";
    private const ulong Gpu = 1 << 2;
    private const int Success = 0;

    private static readonly Lazy<bool> Resolving = new(() =>
    {
        NativeLibrary.SetDllImportResolver(typeof(ILGPU.Context).Assembly, Resolve);
        return true;
    });

    /// <summary>Held while drivers are asked for their devices, and while accelerators come and go: not every OpenCL driver stands more than one thread there (pocl 3.1 crashed now and then).</summary>
    public static Lock OneAtATime { get; } = new();

    /// <summary>Names to try, in order.</summary>
    private static IEnumerable<string> Names =>
        OperatingSystem.IsWindows() ? ["OpenCL.dll"]
        : OperatingSystem.IsMacOS() ? ["/System/Library/Frameworks/OpenCL.framework/OpenCL"]
        : ["libOpenCL.so.1", "libOpenCL.so"];

    /// <summary>True when the machine has one. Loads it, but nothing of ILGPU.</summary>
    public static bool IsPresent => TryLoad(out _);

    /// <summary>True when a platform has a GPU. Asks the loader itself: a program that takes no GPU would load and compile ILGPU for the answer.</summary>
    public static unsafe bool HasGpu()
    {
        using Lock.Scope scope = OneAtATime.EnterScope();
        if (!TryLoad(out nint library) || !NativeLibrary.TryGetExport(library, "clGetPlatformIDs", out nint getPlatforms) || !NativeLibrary.TryGetExport(library, "clGetDeviceIDs", out nint getDevices))
            return false;
        var platformIds = (delegate* unmanaged<uint, nint*, uint*, int>)getPlatforms;
        var deviceIds = (delegate* unmanaged<nint, ulong, uint, nint*, uint*, int>)getDevices;
        uint count;
        if (platformIds(0, null, &count) != Success)
            return false;
        nint[] platforms = new nint[count];
        fixed (nint* first = platforms)
        {
            if (count == 0 || platformIds(count, first, null) != Success)
                return false;
        }

        foreach (nint platform in platforms)
        {
            uint devices;
            if (deviceIds(platform, Gpu, 0, null, &devices) == Success && devices > 0)
                return true;
        }

        return false;
    }

    /// <summary>Lets ILGPU find it; once is enough.</summary>
    public static void Register() => _ = Resolving.Value;

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name.Equals(NameInIlgpu, StringComparison.OrdinalIgnoreCase) && TryLoad(out nint library) ? library : 0;

    private static bool TryLoad(out nint library)
    {
        foreach (string name in Names)
        {
            if (NativeLibrary.TryLoad(name, out library))
                return true;
        }

        library = 0;
        return false;
    }
}
