using UniMed.Native;

namespace UniMed.Inference.Weights.Layout;

/// <summary>One tensor that a model asks for. Immutable.</summary>
/// <param name="name">Name in a model folder.</param>
/// <param name="shape">Shape, outermost dimension first.</param>
/// <param name="rows">Rows when it is read as a matrix: output features; 1 for a vector.</param>
/// <param name="role">What it is for.</param>
internal sealed class LayoutTensor(string name, IReadOnlyList<long> shape, long rows, TensorRole role)
{
    /// <summary>Name in a model folder.</summary>
    public string Name { get; } = name;

    /// <summary>Shape as <c>unimed-convert</c> writes a plain tensor.</summary>
    public IReadOnlyList<long> Shape { get; } = shape;

    /// <summary>Rows as a matrix.</summary>
    public long Rows { get; } = rows;

    /// <summary>Columns as a matrix: input features, or the length of a vector.</summary>
    public long Columns { get; } = rows == 0 ? 0 : Product(shape) / rows;

    /// <summary>What it is for.</summary>
    public TensorRole Role { get; } = role;

    /// <summary>A column at which the engine cuts the matrix in two: quantized, it must have a block border there. 0: it is not cut.</summary>
    public long SplitAt { get; init; }

    /// <summary>True when a folder may lack it.</summary>
    public bool IsOptional { get; init; }

    /// <summary>True for the matrices of layers: these may be int8 or int4 blocks.</summary>
    public bool IsLayer => Role is TensorRole.VisionLayer or TensorRole.RouterLayer or TensorRole.ProjectionLayer or TensorRole.LanguageLayer or TensorRole.LmHead;

    /// <summary>True when blocks have a border where the engine cuts the matrix.</summary>
    public bool CutsBetweenBlocks => SplitAt % BlockQuantization.BlockSize == 0 || SplitAt == Columns;

    /// <summary>True when blocks may hold it.</summary>
    public bool CanBeQuantized => IsLayer && CutsBetweenBlocks;

    /// <summary>Its type where the model is quantized and this tensor is not: two bytes for what is large, and fp32 for what is small.</summary>
    public ElementType TypeBesideBlocks => Role is TensorRole.NormScale or TensorRole.Vector ? ElementType.F32 : ElementType.F16;

    /// <summary>Name and size, for messages and debuggers.</summary>
    public override string ToString() => $"{Name} {TensorShape.Format(Shape)}";

    private static long Product(IReadOnlyList<long> sizes)
    {
        long product = 1;
        foreach (long size in sizes)
            product *= size;
        return product;
    }
}
