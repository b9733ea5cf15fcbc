using System.Reflection;
using System.Runtime.InteropServices;

namespace UniMed.Native.Ilgpu;

/// <summary>
/// Where OpenCL's loader is. ILGPU asks for libOpenCL.so, which on Linux comes with the development package; the library that drivers install is libOpenCL.so.1.
/// </summary>
internal static class OpenClLibrary
{
    private const string NameInIlgpu = "OpenCL";

    private static readonly Lazy<bool> Resolving = new(() =>
    {
        NativeLibrary.SetDllImportResolver(typeof(ILGPU.Context).Assembly, Resolve);
        return true;
    });

    /// <summary>Names to try, in order.</summary>
    private static IEnumerable<string> Names =>
        OperatingSystem.IsWindows() ? ["OpenCL.dll"]
        : OperatingSystem.IsMacOS() ? ["/System/Library/Frameworks/OpenCL.framework/OpenCL"]
        : ["libOpenCL.so.1", "libOpenCL.so"];

    /// <summary>True when the machine has one. Loads it, but nothing of ILGPU.</summary>
    public static bool IsPresent => TryLoad(out _);

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
