using System.Runtime.InteropServices;
using UniMed.Native.Cuda.Nvidia;

namespace UniMed.GpuBench.Card;

/// <summary>Where a card sits: CUDA and nvidia-smi count cards differently, but agree on this.</summary>
internal static unsafe class PciBus
{
    private const int Bytes = 32;

    /// <summary>Such as 0000:3b:00.0; null when the driver does not tell.</summary>
    /// <param name="ordinal">Number among the driver's cards.</param>
    public static string? Of(int ordinal)
    {
        foreach (string name in NvidiaLibrary.FileNames)
        {
            if (!NativeLibrary.TryLoad(name, out nint library))
                continue;
            if (!NativeLibrary.TryGetExport(library, "cuDeviceGet", out nint get) || !NativeLibrary.TryGetExport(library, "cuDeviceGetPCIBusId", out nint address))
                return null;
            int device;
            byte* text = stackalloc byte[Bytes];
            // CUresult cuDeviceGet(CUdevice*, int); CUresult cuDeviceGetPCIBusId(char*, int, CUdevice).
            bool known = ((delegate* unmanaged<int*, int, int>)get)(&device, ordinal) == 0
                && ((delegate* unmanaged<byte*, int, int, int>)address)(text, Bytes, device) == 0;
            return known ? Marshal.PtrToStringUTF8((nint)text) : null;
        }

        return null;
    }
}
