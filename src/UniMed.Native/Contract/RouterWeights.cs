namespace UniMed.Native;

/// <summary>The router's two layers: fc1 [hidden, in] and fc2 [experts, hidden].</summary>
public abstract class RouterWeights : DeviceWeights
{
}
