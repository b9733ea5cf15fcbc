namespace UniMed.Native.Cuda.Emulated;

/// <summary>What a command in a stream does.</summary>
internal enum CommandKind
{
    Launch,
    CopyToDevice,
    CopyToHost,
    CopyOnDevice,
    Fill,
    Record,
    Wait,
    Graph,
}
