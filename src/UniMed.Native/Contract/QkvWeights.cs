namespace UniMed.Native;

/// <summary>q_proj, k_proj and v_proj with the rotary table that is applied to their products.</summary>
public abstract class QkvWeights : DeviceWeights
{
}
