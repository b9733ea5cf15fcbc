using UniMed.Inference.Messages;
using UniMed.Native;

namespace UniMed.Inference.Weights;

/// <summary>A tensor that is about to be written. Immutable.</summary>
/// <param name="Name">Name, unique in the file; neither empty nor <c>__metadata__</c>.</param>
/// <param name="Type">Type of the elements.</param>
/// <param name="Shape">Dimensions, outermost first; empty for a scalar. Any may be 0.</param>
public sealed record TensorDeclaration(string Name, ElementType Type, IReadOnlyList<long> Shape)
{
    /// <summary>The tensors by element size, largest first, otherwise in the order given: the order in which every tensor starts at a multiple of its element size.</summary>
    /// <remarks>The format allows no padding between tensors, so order alone decides alignment. The common Python writer sorts likewise.</remarks>
    public static IReadOnlyList<TensorDeclaration> InAlignedOrder(IEnumerable<TensorDeclaration> tensors) =>
        [.. tensors.OrderByDescending(t => t.Type.Size())];

    /// <summary>For a person: numbers to four decimals, lists written out.</summary>
    public override string ToString() => $"{nameof(TensorDeclaration)} {{ {nameof(Name)} = {Name}, {nameof(Type)} = {Type}, {nameof(Shape)} = {Printed.List(Shape)} }}";
}
