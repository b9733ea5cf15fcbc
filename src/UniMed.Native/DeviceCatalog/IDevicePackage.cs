namespace UniMed.Native;

/// <summary>Devices that come with a package of their own. It is found when the program runs, so a host that does not want them needs none of it.</summary>
internal interface IDevicePackage
{
    /// <summary>What a device is, or why it is not there.</summary>
    /// <param name="name">A name of this kind of device.</param>
    DeviceAvailability Describe(string name);

    /// <summary>Opens a device.</summary>
    /// <param name="name">A name of this kind of device.</param>
    /// <exception cref="ArgumentException">It is not there; the message says why.</exception>
    Device Open(string name);
}
