using System.Globalization;
using UniMed.Native.Cuda.Emulated;
using UniMed.Native.Cuda.Nvidia;

namespace UniMed.Native.Cuda;

/// <summary>The CUDA devices of this machine: cuda (the first card), cuda:0, cuda:1, ..., and cuda-emulated.</summary>
internal static class CudaDevices
{
    /// <summary>The first card.</summary>
    public const string First = "cuda";

    private const string Numbered = "cuda:";

    /// <summary>All of them, and for each whether its driver can be opened, with what it is, or why not. Cards are listed by number where there are any.</summary>
    public static IReadOnlyList<DeviceAvailability> List()
    {
        var devices = new List<DeviceAvailability>();
        NvidiaLibrary? nvidia = NvidiaLibrary.TryGet(out string reason);
        string? noKernels = CudaBuildFile.Fatbin.Find(out string missing) is null ? missing : null;
        if (nvidia is null)
        {
            devices.Add(new DeviceAvailability(First, false, reason));
        }
        else
        {
            devices.Add(Card(First, nvidia.Devices[0], noKernels));
            foreach (CudaDeviceProperties card in nvidia.Devices)
                devices.Add(Card(Numbered + card.Ordinal.ToString(CultureInfo.InvariantCulture), card, noKernels));
        }

        EmulatedLibrary? emulated = EmulatedLibrary.TryGet(out string noLibrary);
        devices.Add(new DeviceAvailability(
            EmulatedDriver.Name, emulated is not null, emulated is null ? noLibrary : $"{emulated.KernelNames.Count} kernels on the CPU, from {emulated.FilePath}"));
        return devices;
    }

    /// <summary>True for names of this kind of device, whether there is such a device or not.</summary>
    public static bool IsName(string name) => name is First or EmulatedDriver.Name || TryNumber(name, out _);

    /// <summary>Opens the driver of a device.</summary>
    /// <param name="name">cuda, cuda:N or cuda-emulated.</param>
    /// <exception cref="DeviceUnavailableException">It is not there; the message says why.</exception>
    /// <exception cref="CudaException">The card is there, but does not open.</exception>
    public static ICudaDriver Open(string name)
    {
        if (name == EmulatedDriver.Name)
            return new EmulatedDriver(EmulatedLibrary.TryGet(out string noLibrary) ?? throw new DeviceUnavailableException(name, noLibrary));
        int number = 0;
        if (name != First && !TryNumber(name, out number))
            throw new DeviceUnavailableException(name, $"CUDA devices are named {First}, {Numbered}0, {Numbered}1, ... and {EmulatedDriver.Name}");
        NvidiaLibrary nvidia = NvidiaLibrary.TryGet(out string reason) ?? throw new DeviceUnavailableException(name, reason);
        return number < nvidia.Devices.Count
            ? new NvidiaDriver(nvidia, nvidia.Devices[number])
            : throw new DeviceUnavailableException(name, TooHigh(nvidia));
    }

    /// <summary>Opens the driver of a card in a context of the host.</summary>
    /// <param name="host">The context, and a stream of it.</param>
    /// <exception cref="DeviceUnavailableException">There is no such card, or no driver; the message says why.</exception>
    /// <exception cref="ArgumentException">The context or the stream is none that lives; the message says what to give.</exception>
    /// <exception cref="CudaException">The card is there, but does not open.</exception>
    public static ICudaDriver Open(CudaHostContext host)
    {
        string name = host.Ordinal is { } number ? Numbered + number.ToString(CultureInfo.InvariantCulture) : First;
        NvidiaLibrary nvidia = NvidiaLibrary.TryGet(out string reason) ?? throw new DeviceUnavailableException(name, reason);
        return host.Ordinal is not { } ordinal || ordinal < nvidia.Devices.Count
            ? NvidiaDriver.Over(nvidia, host)
            : throw new DeviceUnavailableException(name, TooHigh(nvidia));
    }

    /// <summary>What a device is, or why there is none.</summary>
    /// <param name="name">A name for which <see cref="IsName"/> is true.</param>
    public static DeviceAvailability Describe(string name)
    {
        if (List().FirstOrDefault(device => device.Name == name) is { } listed)
            return listed;
        return new DeviceAvailability(name, false, NvidiaLibrary.TryGet(out string reason) is { } nvidia ? TooHigh(nvidia) : reason);
    }

    private static string TooHigh(NvidiaLibrary nvidia) =>
        $"the NVIDIA driver has {(nvidia.Devices.Count == 1 ? "one device, cuda:0" : $"{nvidia.Devices.Count} devices, cuda:0 to cuda:{nvidia.Devices.Count - 1}")}";

    private static DeviceAvailability Card(string name, CudaDeviceProperties card, string? noKernels) =>
        new(name, noKernels is null, noKernels is null ? card.Description : $"{card.Description}; {noKernels}");

    private static bool TryNumber(string name, out int number)
    {
        number = 0;
        return name.StartsWith(Numbered, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(Numbered.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
