namespace UniMed.Native.Cuda.Emulated;

/// <summary>A stream capture under way.</summary>
internal sealed class Capture(int thread)
{
    /// <summary>Managed id of the thread that began.</summary>
    public int Thread { get; } = thread;

    /// <summary>What has been captured.</summary>
    public CommandList Commands { get; } = new();

    /// <summary>What broke the capture; null while it is whole.</summary>
    public string? BrokenBy { get; set; }
}
