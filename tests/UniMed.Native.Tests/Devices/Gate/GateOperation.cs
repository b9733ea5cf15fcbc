namespace UniMed.Native.Tests.Devices.Gate;

/// <summary>A public operation of the device contract with an argument for each of its parameters.</summary>
/// <param name="Name">The operation, and in brackets which form of it.</param>
/// <param name="Run">Calls it.</param>
/// <param name="Arguments">In the order of the parameters.</param>
internal sealed record GateOperation(string Name, Action<Device, object?[]> Run, params Argument[] Arguments)
{
    /// <summary>Outputs and inputs, by name, that may not share an element.</summary>
    public (string Output, string Input)[] Apart { get; init; } = [];

    /// <summary>Outputs and inputs, by name, that may be the same matrix but not share a part of it.</summary>
    public (string Output, string Input)[] ApartOrSame { get; init; } = [];

    /// <summary>The method's name.</summary>
    public string Method => Name.Split(' ')[0];
}
