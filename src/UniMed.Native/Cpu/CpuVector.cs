using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace UniMed.Native.Cpu;

/// <summary>A bias, a norm's scale or another vector of weights, widened to fp32 and pinned.</summary>
internal sealed unsafe class CpuVector
{
    private readonly float[] _values;

    /// <summary>Widens a vector of a layer.</summary>
    /// <exception cref="ArgumentException">It has another length, or is not floating point.</exception>
    public CpuVector(HostTensor vector, int columns, string name)
    {
        Require.Vector(vector, columns, name);
        Require.Float(vector, name);
        _values = GC.AllocateUninitializedArray<float>(columns, pinned: true);
        vector.CopyRowTo(0, _values);
    }

    /// <summary>Widens a table.</summary>
    public CpuVector(HostTensor table)
    {
        _values = GC.AllocateUninitializedArray<float>(checked((int)table.Length), pinned: true);
        for (int row = 0; row < table.Rows; row++)
            table.CopyRowTo(row, _values.AsSpan(row * table.Columns, table.Columns));
    }

    /// <summary>First number; valid while this object is reachable.</summary>
    public float* Data => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_values));

    public int Length => _values.Length;
}
