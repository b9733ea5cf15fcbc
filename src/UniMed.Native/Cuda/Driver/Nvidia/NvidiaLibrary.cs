using System.Runtime.InteropServices;

namespace UniMed.Native.Cuda.Nvidia;

/// <summary>The NVIDIA driver of this machine: loaded, new enough, and its cards. Loaded once and for the life of the process, as CUDA wants it.</summary>
internal sealed unsafe class NvidiaLibrary
{
    /// <summary>Oldest CUDA version of a driver that is taken, as cuDriverGetVersion counts: 12.0, the first with every call used here and with code of nvcc 12.</summary>
    public const int NeededVersion = 12000;

    // Under WSL the driver is Windows' own, and its library lies in a folder that a shell without WSL's start files does not search.
    private const string WslLibrary = "/usr/lib/wsl/lib/libcuda.so.1";

    private static readonly Lazy<(NvidiaLibrary? Library, string Reason)> Loaded = new(Load);

    private NvidiaLibrary(NvidiaEntryPoints entryPoints, int driverVersion)
    {
        EntryPoints = entryPoints;
        DriverVersion = driverVersion;
    }

    /// <summary>Names the driver library may have on this system, in the order they are tried.</summary>
    public static IReadOnlyList<string> FileNames { get; } =
        OperatingSystem.IsWindows() ? ["nvcuda.dll"] : OperatingSystem.IsLinux() ? ["libcuda.so.1", "libcuda.so", WslLibrary] : [];

    /// <summary>Functions.</summary>
    public NvidiaEntryPoints EntryPoints { get; }

    /// <summary>CUDA version the driver supports, as 1000 x major + 10 x minor.</summary>
    public int DriverVersion { get; }

    /// <summary>The cards; at least one.</summary>
    public IReadOnlyList<CudaDeviceProperties> Devices { get; private set; } = [];

    /// <summary>The driver of this machine; null when it cannot be used.</summary>
    /// <param name="reason">Why not, and what would help; empty when it can.</param>
    public static NvidiaLibrary? TryGet(out string reason)
    {
        reason = Loaded.Value.Reason;
        return Loaded.Value.Library;
    }

    /// <summary>Loads a driver library.</summary>
    /// <param name="names">File names in order.</param>
    /// <param name="load">Handle of a library, or 0.</param>
    /// <param name="export">Address of a function of a library, or 0.</param>
    /// <param name="reason">Why there is no driver; empty when there is.</param>
    public static NvidiaLibrary? TryOpen(IReadOnlyList<string> names, Func<string, nint> load, Func<nint, string, nint> export, out string reason)
    {
        reason = "";
        if (names.Count == 0)
        {
            reason = "NVIDIA has no CUDA driver for this operating system";
            return null;
        }

        nint handle = names.Select(load).FirstOrDefault(found => found != 0);
        if (handle == 0)
        {
            reason = $"no NVIDIA driver library (tried {string.Join(", ", names)}): install the NVIDIA driver; in a container, start it with access to the GPU; under WSL, install the driver in Windows and none in Linux";
            return null;
        }

        var getVersion = (delegate* unmanaged<int*, CudaStatus>)export(handle, "cuDriverGetVersion");
        int version = 0;
        if (getVersion == null || getVersion(&version) != CudaStatus.Success)
            version = 0;
        var entryPoints = new NvidiaEntryPoints(name => export(handle, name));
        reason = Refusal(string.Join(" or ", names), entryPoints, version);
        if (reason.Length > 0)
            return null;

        var library = new NvidiaLibrary(entryPoints, version);
        try
        {
            library.Devices = library.FindDevices();
        }
        catch (CudaException error)
        {
            reason = error.Message;
            return null;
        }

        if (library.Devices.Count > 0)
            return library;
        reason = "the NVIDIA driver finds no GPU: see nvidia-smi and the variable CUDA_VISIBLE_DEVICES";
        return null;
    }

    /// <summary>The exception for a status, in the driver's words.</summary>
    public CudaException Error(string operation, CudaStatus status)
    {
        byte* name = null;
        if (EntryPoints.cuGetErrorName(status, &name) != CudaStatus.Success || name == null)
            return new CudaException(operation, status, status.CudaName(), Text(EntryPoints, status), status.NextStep());
        return new CudaException(operation, status, Marshal.PtrToStringUTF8((nint)name)!, Text(EntryPoints, status), status.NextStep());
    }

    /// <summary>A version as people write it.</summary>
    public static string Version(int version) => $"{version / 1000}.{version % 1000 / 10}";

    private static (NvidiaLibrary? Library, string Reason) Load()
    {
        NvidiaLibrary? library = TryOpen(
            FileNames,
            name => NativeLibrary.TryLoad(name, out nint handle) ? handle : 0,
            (handle, name) => NativeLibrary.TryGetExport(handle, name, out nint address) ? address : 0,
            out string reason);
        return (library, reason);
    }

    private static string Refusal(string found, NvidiaEntryPoints entryPoints, int version)
    {
        if (entryPoints.cuInit == null)
            return $"the library found as {found} is not the NVIDIA driver: it has no cuInit. Reinstall the driver";
        if (version is > 0 and < NeededVersion)
            return $"the NVIDIA driver is too old: it supports CUDA {Version(version)}, and {Version(NeededVersion)} is needed. Update the driver to 525 or newer";
        CudaStatus started = entryPoints.cuInit(0);
        if (started == CudaStatus.StubLibrary)
            return $"the library found as {found} is the CUDA toolkit's stub and not the driver: install the NVIDIA driver, and take the toolkit's stubs folder out of the library path";
        if (started == CudaStatus.NoDevice)
            return "the NVIDIA driver finds no GPU (CUDA_ERROR_NO_DEVICE): see nvidia-smi and the variable CUDA_VISIBLE_DEVICES";
        if (started != CudaStatus.Success)
            return $"the NVIDIA driver does not start: {started.CudaName()} ({(int)started}): {Text(entryPoints, started)}. {NextStepAtStart(started)}";
        return entryPoints.Missing.Count > 0
            ? $"the NVIDIA driver (CUDA {Version(version)}) lacks {string.Join(", ", entryPoints.Missing)}: update the driver to 525 or newer"
            : "";
    }

    private static string NextStepAtStart(CudaStatus status) =>
        status == CudaStatus.SystemNotReady ? status.NextStep().TrimEnd('.') : "See nvidia-smi; after an update of the driver, restart the machine";

    private static string Text(NvidiaEntryPoints entryPoints, CudaStatus status)
    {
        byte* text = null;
        return entryPoints.cuGetErrorString != null && entryPoints.cuGetErrorString(status, &text) == CudaStatus.Success && text != null
            ? Marshal.PtrToStringUTF8((nint)text)!
            : "the driver has no text for it";
    }

    private List<CudaDeviceProperties> FindDevices()
    {
        int count;
        Check(EntryPoints.cuDeviceGetCount(&count), "cuDeviceGetCount");
        var devices = new List<CudaDeviceProperties>();
        for (int ordinal = 0; ordinal < count; ordinal++)
            devices.Add(Describe(ordinal));
        return devices;
    }

    private CudaDeviceProperties Describe(int ordinal)
    {
        const int NameBytes = 256;
        int device;
        nuint total;
        byte* name = stackalloc byte[NameBytes];
        Check(EntryPoints.cuDeviceGet(&device, ordinal), $"cuDeviceGet {ordinal}");
        Check(EntryPoints.cuDeviceGetName(name, NameBytes, device), $"cuDeviceGetName {ordinal}");
        Check(EntryPoints.cuDeviceTotalMem(&total, device), $"cuDeviceTotalMem {ordinal}");
        return new CudaDeviceProperties
        {
            Ordinal = ordinal,
            Name = Marshal.PtrToStringUTF8((nint)name)!,
            Major = Ask(device, ordinal, DeviceAttribute.ComputeCapabilityMajor),
            Minor = Ask(device, ordinal, DeviceAttribute.ComputeCapabilityMinor),
            TotalBytes = (long)total,
            Multiprocessors = Ask(device, ordinal, DeviceAttribute.MultiprocessorCount),
            MaxSharedBytesPerBlock = Ask(device, ordinal, DeviceAttribute.MaxSharedMemoryPerBlockOptin),
            L2CacheBytes = Ask(device, ordinal, DeviceAttribute.L2CacheSize),
            DriverVersion = DriverVersion,
        };
    }

    private int Ask(int device, int ordinal, DeviceAttribute attribute)
    {
        int value;
        Check(EntryPoints.cuDeviceGetAttribute(&value, attribute, device), $"cuDeviceGetAttribute {attribute} of device {ordinal}");
        return value;
    }

    private void Check(CudaStatus status, string operation)
    {
        if (status != CudaStatus.Success)
            throw Error(operation, status);
    }
}
