namespace UniMed.Native.Cpu;

/// <summary>Asks for a line of memory ahead of its use; nothing happens where there is no memory. A type and not a number, so that loops hold the one instruction and no choice.</summary>
internal unsafe interface IPrefetch
{
    static abstract void Line(byte* address);
}
