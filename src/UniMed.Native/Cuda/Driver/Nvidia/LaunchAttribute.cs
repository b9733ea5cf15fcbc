using System.Runtime.InteropServices;

namespace UniMed.Native.Cuda.Nvidia;

/// <summary><c>CUlaunchAttribute</c>: an id, 4 bytes of padding and a union of 64 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 72)]
internal struct LaunchAttribute
{
    /// <summary>CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION.</summary>
    public const int ProgrammaticStreamSerialization = 6;

    /// <summary>Which attribute.</summary>
    [FieldOffset(0)]
    public int Id;

    /// <summary>Its value, for the attributes that are one int.</summary>
    [FieldOffset(8)]
    public int Value;
}
