using ILGPU;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>The router's hidden layer for one of the tasks about the same tokens.</summary>
internal struct RouterHiddenArguments
{
    /// <summary>Tokens times the token columns of fc1: [rows, columns].</summary>
    public ArrayView<float> Product;

    /// <summary>Task tokens times the task columns of fc1, and the bias: [folded rows, columns].</summary>
    public ArrayView<float> Folded;

    /// <summary>[rows, columns].</summary>
    public ArrayView<float> Hidden;

    public int Columns;

    /// <summary>Row r takes folded row r mod this mod <see cref="FoldedRows"/>.</summary>
    public int TokensPerImage;

    /// <summary>Rows of <see cref="Folded"/>.</summary>
    public int FoldedRows;
}
