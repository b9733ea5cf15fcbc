namespace UniMed.Native.Cuda.Emulated;

/// <summary>A kernel that was asked for.</summary>
internal sealed class EmulatedKernel(string name)
{
    /// <summary>Name.</summary>
    public string Name { get; } = name;

    /// <summary>Most dynamic shared memory of a launch. What the kernel declares comes off it; the host library, which learns of that as a block runs, counts both.</summary>
    public int MaxDynamicSharedBytes => AskedSharedBytes > 0 ? AskedSharedBytes : 48 * 1024;

    /// <summary>Dynamic shared memory that it was prepared for; 0 if nobody asked.</summary>
    public int AskedSharedBytes { get; set; }
}
