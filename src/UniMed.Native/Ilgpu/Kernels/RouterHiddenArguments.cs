using ILGPU;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>The router's first layer for several tasks about the same tokens.</summary>
internal struct RouterHiddenArguments
{
    /// <summary>Tokens times the token columns of fc1: [rows, columns].</summary>
    public ArrayView<float> Product;

    /// <summary>Task tokens times the task columns of fc1, and the bias: [tasks, folded rows, columns].</summary>
    public ArrayView<float> Folded;

    /// <summary>[tasks, rows, columns].</summary>
    public ArrayView<float> Hidden;

    public int Rows;

    public int Columns;

    /// <summary>Row r takes folded row r mod this mod <see cref="FoldedRows"/>.</summary>
    public int TokensPerImage;

    /// <summary>Folded rows of a task.</summary>
    public int FoldedRows;
}
