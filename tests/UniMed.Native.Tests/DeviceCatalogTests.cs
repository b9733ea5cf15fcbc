using Xunit;

namespace UniMed.Native.Tests;

public sealed class DeviceCatalogTests
{
    [Fact]
    public void Every_device_is_listed_once_with_a_reason()
    {
        IReadOnlyList<DeviceAvailability> devices = DeviceCatalog.List();

        Assert.Equal(devices.Count, devices.Select(device => device.Name).Distinct().Count());
        Assert.All(devices, device => Assert.NotEmpty(device.Detail));
        Assert.Contains(devices, device => device.Name == DeviceCatalog.Reference && device.IsAvailable);
    }

    [Fact]
    public void Available_devices_can_be_created_and_know_their_name()
    {
        foreach (DeviceAvailability available in DeviceCatalog.List().Where(device => device.IsAvailable))
        {
            using IDevice device = DeviceCatalog.Create(available.Name);
            Assert.Equal(available.Name, device.Info.Name);
        }
    }

    [Fact]
    public void Unavailable_devices_say_why_instead_of_falling_back()
    {
        foreach (DeviceAvailability absent in DeviceCatalog.List().Where(device => !device.IsAvailable))
            Assert.Contains(absent.Detail, Assert.ThrowsAny<ArgumentException>(() => DeviceCatalog.Create(absent.Name)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Auto_is_the_SIMD_device_of_the_processor()
    {
        using IDevice device = DeviceCatalog.Create(DeviceCatalog.Auto);

        Assert.Equal(DeviceKind.Cpu, device.Info.Kind);
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("")]
    [InlineData("Reference")]
    public void An_unknown_name_is_answered_with_the_names_there_are(string name) =>
        Assert.Contains(DeviceCatalog.Reference, Assert.Throws<ArgumentException>(() => DeviceCatalog.Create(name)).Message, StringComparison.Ordinal);

    [Fact]
    public void No_name_is_refused() => Assert.ThrowsAny<ArgumentException>(() => DeviceCatalog.Create(null!));
}
