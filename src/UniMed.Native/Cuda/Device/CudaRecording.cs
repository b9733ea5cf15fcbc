namespace UniMed.Native.Cuda;

/// <summary>What a step launched once, and the graph made of it when it came a second time.</summary>
internal sealed class CudaRecording(LaunchLog log)
{
    /// <summary>The launches.</summary>
    public LaunchLog Log => log;

    /// <summary>The graph; null as long as there was no second time.</summary>
    public CudaExecutableGraph? Graph { get; set; }
}
