using System.Runtime.InteropServices;

namespace UniMed.PtxMachine.Memory;

/// <summary>A piece of device memory, with the stamps of who wrote and who read it.</summary>
internal sealed unsafe class Allocation : IDisposable
{
    private const int Alignment = 256;
    private const byte Undefined = 0xFF;

    private readonly bool _isOwned;

    /// <summary>Allocates; what is in it is 0xFF, which is NaN in every format.</summary>
    public Allocation(long bytes)
        : this((ulong)NativeMemory.AlignedAlloc((nuint)bytes, Alignment), bytes)
    {
        _isOwned = true;
        NativeMemory.Fill((void*)Base, (nuint)bytes, Undefined);
    }

    /// <summary>Memory that somebody else allocated and gives back.</summary>
    public Allocation(ulong address, long bytes)
    {
        Bytes = bytes;
        Base = address;
        nuint grains = (nuint)((bytes + Stamps.Grain - 1) / Stamps.Grain);
        Writers = (uint*)NativeMemory.AllocZeroed(grains, sizeof(uint));
        Readers = (uint*)NativeMemory.AllocZeroed(grains, sizeof(uint));
    }

    /// <summary>Its first address.</summary>
    public ulong Base { get; }

    /// <summary>Its size.</summary>
    public long Bytes { get; }

    /// <summary>Who wrote last.</summary>
    public uint* Writers { get; }

    /// <summary>Who read last.</summary>
    public uint* Readers { get; }

    /// <summary>Whether a range lies in it.</summary>
    public bool Contains(ulong address, long bytes) => address >= Base && bytes <= Bytes && address - Base <= (ulong)(Bytes - bytes);

    public void Dispose()
    {
        if (_isOwned)
            NativeMemory.AlignedFree((void*)Base);
        NativeMemory.Free(Writers);
        NativeMemory.Free(Readers);
    }
}
