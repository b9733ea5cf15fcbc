using ILGPU;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>Routing weights, and what experts made of tokens.</summary>
internal struct RoutingArguments
{
    /// <summary>[rows, experts].</summary>
    public ArrayView<float> Logits;

    /// <summary>[tasks, rows, experts].</summary>
    public ArrayView<float> Routing;

    /// <summary>[experts, rows, columns].</summary>
    public ArrayView<float> Parts;

    /// <summary>[tasks, rows, columns].</summary>
    public ArrayView<float> Output;

    public int Rows;

    public int Experts;

    public int Columns;

    /// <summary>A <see cref="RouterKind"/>.</summary>
    public int Kind;

    /// <summary>Experts that sparse routing keeps; the one that hard routing takes.</summary>
    public int Choice;
}
