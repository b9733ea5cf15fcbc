namespace UniMed.Native;

/// <summary>Scale [columns] and, for a layer norm, shift [columns].</summary>
public abstract class NormWeights : DeviceWeights
{
}
