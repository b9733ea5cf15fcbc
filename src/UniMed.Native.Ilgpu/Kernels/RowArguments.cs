using ILGPU;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>Rows that are picked, pooled or put together; what a field means is said by the kernel.</summary>
internal struct RowArguments
{
    public ArrayView<float> Input;

    public ArrayView<float> Other;

    public ArrayView<float> Third;

    public ArrayView<uint> Words;

    public ArrayView<int> Indices;

    public ArrayView<float> Output;

    public int Columns;

    public int First;

    public int Second;
}
