namespace UniMed.WeightsConverter.Torch;

/// <summary>A global of the closed list.</summary>
/// <param name="Kind">What it does when it is applied.</param>
/// <param name="Name">Module and name.</param>
internal sealed record TorchGlobal(TorchGlobalKind Kind, string Name);
