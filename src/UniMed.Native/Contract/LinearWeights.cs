namespace UniMed.Native;

/// <summary>A matrix [out, in] and an optional bias [out]: y = x W^T + b (torch.nn.Linear).</summary>
public abstract class LinearWeights : DeviceWeights
{
}
