using ILGPU;
using UniMed.Native.Gpu;

namespace UniMed.Native.Ilgpu;

/// <summary>A matrix on the device, or one of each expert; <see cref="WeightLayout"/> has the picture.</summary>
internal sealed class IlgpuMatrix(IlgpuMemory words, IlgpuMemory? scales, WordFormat format, int rows, int columns) : IGpuMemory
{
    /// <summary>Format of its numbers.</summary>
    public WordFormat Format => format;

    /// <summary>Output features, of one expert.</summary>
    public int Rows => rows;

    /// <summary>Input features.</summary>
    public int Columns => columns;

    /// <summary>Its words.</summary>
    public ArrayView<uint> Words => words.View<uint>();

    /// <summary>Its scales; for formats without any the words again, which kernels for them do not read.</summary>
    public ArrayView<ushort> Scales => (scales ?? words).View<ushort>();

    /// <summary>Bytes that one pass reads.</summary>
    public long Bytes => words.Bytes + (scales?.Bytes ?? 0);

    public void Dispose()
    {
        words.Dispose();
        scales?.Dispose();
    }
}
