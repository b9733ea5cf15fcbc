namespace UniMed.Native.Cuda.Nvidia;

/// <summary>What a driver handle is, in the order in which handles are closed.</summary>
internal enum HandleKind
{
    ExecutableGraph,
    Graph,
    Event,
    Stream,
    Module,
    HostMemory,
    DeviceMemory,
}
