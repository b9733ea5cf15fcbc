using UniMed.Native.Cpu;
using UniMed.Native.Cuda;
using UniMed.Native.Reference;

namespace UniMed.Native;

/// <summary>The devices of this build: which can be used, and why each other cannot.</summary>
public static class DeviceCatalog
{
    /// <summary>Chooses the best device that is available: cuda, then ilgpu on a GPU, then cpu, then <see cref="Reference"/>.</summary>
    public const string Auto = "auto";

    /// <summary>The reference device.</summary>
    public const string Reference = "reference";

    /// <summary>The processor's SIMD device, on all its processors.</summary>
    public const string Cpu = "cpu";

    /// <summary>All kinds of devices, the best first.</summary>
    private static readonly DeviceFamily[] Families =
    [
        new(CudaDevices.First, CudaDevices.List, CudaDevices.IsName, CudaDevices.Describe, name => new CudaDevice(CudaDevices.Open(name))),
        IlgpuFamily.Family,
        DeviceFamily.Single(Cpu, () => new(Cpu, true, CpuDevice.DefaultDescription), () => new CpuDevice()),
        DeviceFamily.Single(Reference, DescribeReference, () => new ReferenceDevice()),
    ];

    /// <summary>All devices by name, available or not, with the reason.</summary>
    public static IReadOnlyList<DeviceAvailability> List() => [.. Families.SelectMany(family => family.List())];

    /// <summary>Says which device a name means, and for <see cref="Auto"/> why.</summary>
    /// <param name="name">A name of <see cref="List"/>, or <see cref="Auto"/>.</param>
    public static DeviceChoice Choose(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name == Auto ? Choose(Families) : new DeviceChoice(name, false, []);
    }

    /// <summary>Opens a device.</summary>
    /// <param name="name">A name of <see cref="List"/>, or <see cref="Auto"/>.</param>
    /// <param name="threads">Threads of <see cref="Cpu"/>, 1 or more; null for one on each processor. Other devices have no such number.</param>
    /// <exception cref="ArgumentException">There is no such device, or it is not available; the message says which there are. Threads are given for another device than the processor's.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is not positive.</exception>
    public static Device Create(string name, int? threads = null)
    {
        string chosen = Choose(name).Name;
        if (threads is not null)
        {
            return chosen == Cpu
                ? new CpuDevice(new CpuDeviceOptions { Threads = threads })
                : throw new ArgumentException($"A number of threads ({threads}) is for device '{Cpu}'; this is '{chosen}'. Leave it out, or choose '{Cpu}'.", nameof(threads));
        }

        DeviceFamily? family = Families.FirstOrDefault(candidate => candidate.IsName(chosen));
        DeviceAvailability? known = family?.Describe(chosen);
        if (family is not null && known is { IsAvailable: true })
            return family.Open(chosen);
        string available = string.Join(", ", List().Where(device => device.IsAvailable).Select(device => device.Name));
#pragma warning disable CA2208 // The parameter's name is no help to the person who typed the device.
        throw new ArgumentException(
            known is null
                ? $"There is no device '{name}'. Devices of this build: {available}. Choose one of them, or {Auto}."
                : $"Device '{name}' is not available: {known.Detail}. Devices of this build: {available}.");
#pragma warning restore CA2208
    }

    /// <summary>Opens the CUDA device in a context that the host program made, or in a card's primary one, beside the host's own work there.</summary>
    /// <param name="host">The context, and the stream in which the host makes pictures that the device is to read.</param>
    /// <returns>The device. Dispose it before the stream and the context; it ends neither.</returns>
    /// <exception cref="ArgumentException">There is no such card, no driver, or no kernels for it, or the context or the stream is none that lives; the message says what to do.</exception>
    /// <exception cref="CudaException">The card is there, but does not open.</exception>
    public static Device CreateCuda(CudaHostContext host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return new CudaDevice(CudaDevices.Open(host), new CudaStream(host.Stream));
    }

    /// <summary>The first family whose device is there.</summary>
    internal static DeviceChoice Choose(IEnumerable<DeviceFamily> families)
    {
        var passedOver = new List<DeviceAvailability>();
        foreach (DeviceFamily family in families)
        {
            if (family.AutoName is not { } name)
                continue;
            DeviceAvailability described = family.Describe(name);
            if (described.IsAvailable)
                return new DeviceChoice(name, true, passedOver);
            passedOver.Add(described);
        }

        throw new InvalidOperationException("No device is there, although the reference device always is.");
    }

    private static DeviceAvailability DescribeReference()
    {
        using var reference = new ReferenceDevice();
        return new DeviceAvailability(Reference, true, reference.Info.Description);
    }
}
