using UniMed.Native.Cpu;
using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Device;
using UniMed.Native.Reference;

namespace UniMed.Native;

/// <summary>The devices of this build: which can be used, and why each other cannot.</summary>
public static class DeviceCatalog
{
    /// <summary>Chooses the best available device; today that is <see cref="Cpu"/>.</summary>
    public const string Auto = "auto";

    /// <summary>The reference device.</summary>
    public const string Reference = "reference";

    /// <summary>The processor's SIMD device, on all its processors.</summary>
    public const string Cpu = "cpu";

    private static readonly DeviceAvailability[] Absent =
    [
        new("ilgpu", false, "this build holds no ILGPU kernels yet"),
    ];

    /// <summary>All devices by name, available or not, with the reason.</summary>
    public static IReadOnlyList<DeviceAvailability> List()
    {
        using var reference = new ReferenceDevice();
        return [new DeviceAvailability(Reference, true, reference.Info.Description), new DeviceAvailability(Cpu, true, CpuDevice.DefaultDescription), .. CudaDevices.List(), .. Absent];
    }

    /// <summary>Opens a device.</summary>
    /// <param name="name">A name of <see cref="List"/>, or <see cref="Auto"/>.</param>
    /// <exception cref="ArgumentException">There is no such device, or it is not available; the message says which there are.</exception>
    public static IDevice Create(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name is Cpu or Auto)
            return new CpuDevice();
        if (name == Reference)
            return new ReferenceDevice();
        DeviceAvailability? known = CudaDevices.IsName(name) ? CudaDevices.Describe(name) : Absent.FirstOrDefault(device => device.Name == name);
        if (known is { IsAvailable: true })
            return new CudaDevice(CudaDevices.Open(name));
        string available = string.Join(", ", List().Where(device => device.IsAvailable).Select(device => device.Name));
#pragma warning disable CA2208 // The parameter's name is no help to the person who typed the device.
        throw new ArgumentException(
            known is null
                ? $"There is no device '{name}'. Devices of this build: {available}. Choose one of them, or {Auto}."
                : $"Device '{name}' is not available: {known.Detail}. Devices of this build: {available}.");
#pragma warning restore CA2208
    }
}
