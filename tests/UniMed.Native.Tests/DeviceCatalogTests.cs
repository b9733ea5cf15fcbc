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
            using Device device = DeviceCatalog.Create(available.Name);
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
    public void Auto_opens_what_it_says_it_chose()
    {
        DeviceChoice choice = DeviceCatalog.Choose(DeviceCatalog.Auto);
        using Device device = DeviceCatalog.Create(DeviceCatalog.Auto);

        Assert.True(choice.IsAutomatic);
        Assert.Equal(choice.Name, device.Info.Name);
        Assert.All(choice.PassedOver, passed => Assert.False(passed.IsAvailable));
    }

    [Theory]
    [InlineData(new[] { true, true, true, true }, "cuda", new string[0])]
    [InlineData(new[] { false, true, true, true }, "ilgpu", new[] { "cuda" })]
    [InlineData(new[] { false, false, true, true }, "cpu", new[] { "cuda", "ilgpu" })]
    [InlineData(new[] { false, false, false, true }, "reference", new[] { "cuda", "ilgpu", "cpu" })]
    public void Auto_takes_the_first_that_is_there_and_says_why_not_the_others(bool[] there, string chosen, string[] passedOver)
    {
        string[] names = ["cuda", "ilgpu", "cpu", "reference"];
        DeviceFamily never = DeviceFamily.Single("for-tests", () => new("for-tests", true, "never chosen"), () => throw new NotSupportedException()) with { AutoName = null };
        DeviceFamily[] families =
        [
            never,
            .. names.Zip(there, (name, isThere) => DeviceFamily.Single(name, () => new(name, isThere, $"about {name}"), () => throw new NotSupportedException())),
        ];

        DeviceChoice choice = DeviceCatalog.Choose(families);

        Assert.Equal((chosen, true), (choice.Name, choice.IsAutomatic));
        Assert.Equal(passedOver, choice.PassedOver.Select(passed => passed.Name));
        Assert.All(passedOver, name => Assert.Contains($"no {name}: about {name}", choice.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void A_named_device_is_taken_at_its_word()
    {
        DeviceChoice choice = DeviceCatalog.Choose("ilgpu:cpu");

        Assert.Equal(("ilgpu:cpu", false), (choice.Name, choice.IsAutomatic));
        Assert.Empty(choice.PassedOver);
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
