namespace UniMed.Native;

/// <summary>The projection experts of the connector, all of one shape.</summary>
public abstract class ExpertWeights : DeviceWeights
{
}
