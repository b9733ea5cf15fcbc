namespace UniMed.Native;

/// <summary>gate_proj and up_proj [intermediate, hidden] of a SwiGLU MLP.</summary>
public abstract class GatedWeights : DeviceWeights
{
}
