using ILGPU;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>A norm of rows.</summary>
internal struct NormArguments
{
    /// <summary>[rows, columns].</summary>
    public ArrayView<float> Input;

    /// <summary>[columns].</summary>
    public ArrayView<float> Weight;

    /// <summary>[columns]; not read by RMS norm.</summary>
    public ArrayView<float> Bias;

    /// <summary>[rows, columns]; may be the input.</summary>
    public ArrayView<float> Output;

    /// <summary>Columns.</summary>
    public int Columns;

    /// <summary>Added to the variance.</summary>
    public float Eps;
}
