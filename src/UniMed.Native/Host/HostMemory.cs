using System.Runtime.InteropServices;

namespace UniMed.Native.Host;

/// <summary>fp32 memory outside the garbage collector, 64-byte aligned.</summary>
internal static unsafe class HostMemory
{
    /// <summary>Address of uninitialized memory for a number of elements; never 0.</summary>
    /// <exception cref="OutOfMemoryException">The memory is not to be had, or no machine could hold it.</exception>
    public static nint Allocate(long elements)
    {
        if (elements > (nint.MaxValue / sizeof(float)) - 64)
            throw new InsufficientMemoryException($"{elements} fp32 numbers are more than this machine can address.");
        return (nint)NativeMemory.AlignedAlloc((nuint)elements * sizeof(float), 64);
    }

    /// <summary>Gives the memory back once and sets the address to 0; false when that happened before, on whichever thread.</summary>
    public static bool Free(ref nint address)
    {
        nint data = Interlocked.Exchange(ref address, 0);
        if (data == 0)
            return false;
        NativeMemory.AlignedFree((void*)data);
        return true;
    }
}
