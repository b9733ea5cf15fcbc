using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace UniMed.Native.Host;

/// <summary>A bias, a norm's scale or a table of positions, widened to fp32 and pinned.</summary>
internal sealed unsafe class WidenedVector
{
    private readonly float[] _values;

    /// <summary>Widens a vector, or a table row after row.</summary>
    public WidenedVector(HostTensor stored)
    {
        _values = GC.AllocateUninitializedArray<float>(checked((int)stored.Length), pinned: true);
        for (int row = 0; row < stored.Rows; row++)
            stored.CopyRowTo(row, _values.AsSpan(row * stored.Columns, stored.Columns));
    }

    /// <summary>First number; valid while this object is reachable.</summary>
    public float* Data => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_values));

    public int Length => _values.Length;

    public float this[int index] => _values[index];
}
