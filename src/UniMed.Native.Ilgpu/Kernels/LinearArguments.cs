using ILGPU;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>One product of weights and activations with its epilogue, or one for each expert.</summary>
internal struct LinearArguments
{
    /// <summary>[experts, tiles, blocks, words of a block, 32 rows]; <see cref="WeightLayout"/> has the picture.</summary>
    public ArrayView<uint> Words;

    /// <summary>[experts, tiles, blocks, 32 rows] of F16; one number for formats without scales.</summary>
    public ArrayView<ushort> Scales;

    /// <summary>[experts, rows].</summary>
    public ArrayView<float> Bias;

    /// <summary>[tokens, columns], or [experts, tokens, columns].</summary>
    public ArrayView<float> Input;

    /// <summary>[tokens, outputs], added last.</summary>
    public ArrayView<float> Residual;

    /// <summary>[experts, tokens, outputs]; outputs is half of the rows when they are gate and up.</summary>
    public ArrayView<float> Output;

    /// <summary>[tasks, tokens, experts]: a tile of tokens that gave an expert no weight for any task does nothing.</summary>
    public ArrayView<float> Routing;

    /// <summary>Rows of W.</summary>
    public int Rows;

    /// <summary>Columns of W: K.</summary>
    public int Columns;

    /// <summary>Tiles of 32 rows.</summary>
    public int Tiles;

    /// <summary>Blocks of 32 columns.</summary>
    public int Blocks;

    /// <summary>Blocks of a slice of K.</summary>
    public int SliceBlocks;

    /// <summary>Tokens.</summary>
    public int Tokens;

    /// <summary>1: the bias is added.</summary>
    public int HasBias;

    /// <summary>An <see cref="Native.Activation"/>.</summary>
    public int Activation;

    /// <summary>1: rows 2i and 2i + 1 are gate and up of output i.</summary>
    public int Gated;

    /// <summary>1: the residual is added.</summary>
    public int HasResidual;

    /// <summary>Experts of <see cref="Routing"/>; 0: every tile works.</summary>
    public int Experts;

    /// <summary>Tasks of <see cref="Routing"/>.</summary>
    public int Tasks;

    /// <summary>1: each expert has its own input.</summary>
    public int InputOfExpert;
}
