using System.Buffers.Binary;
using UniMed.Native.Cuda;

namespace UniMed.GpuBench.Kernels;

/// <summary>A launch that was made once and can be made again: memory its arguments point to must still be there.</summary>
/// <param name="Kernel">Name.</param>
/// <param name="Function">Kernel.</param>
/// <param name="Shape">Grid and block.</param>
/// <param name="Arguments">Bytes of the arguments.</param>
/// <param name="Offsets">Where each begins.</param>
internal sealed record TapedLaunch(string Kernel, CudaFunction Function, CudaLaunchShape Shape, byte[] Arguments, int[] Offsets)
{
    /// <summary>Whether an address is among its arguments.</summary>
    public bool Takes(DevicePointer pointer) => Offsets.Any(offset => IsAt(offset, pointer));

    /// <summary>The same launch with another address in place of one.</summary>
    public TapedLaunch With(DevicePointer pointer, DevicePointer other)
    {
        byte[] arguments = [.. Arguments];
        foreach (int offset in Offsets.Where(offset => IsAt(offset, pointer)))
            BinaryPrimitives.WriteUInt64LittleEndian(arguments.AsSpan(offset), other.Address);
        return this with { Arguments = arguments };
    }

    private bool IsAt(int offset, DevicePointer pointer) =>
        offset + sizeof(ulong) <= Arguments.Length && BinaryPrimitives.ReadUInt64LittleEndian(Arguments.AsSpan(offset)) == pointer.Address;

    /// <summary>Starts it in a stream, after what is there has ended: a time must not contain a neighbour's.</summary>
    public void Run(ICudaDriver driver, CudaStream stream) => driver.Launch(Function, Shape with { OverlapsPrevious = false }, stream, Arguments, Offsets);
}
