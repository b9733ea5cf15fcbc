using UniMed.Inference.Messages;
using UniMed.Native;

namespace UniMed.Inference.Weights;

/// <summary>Where one tensor of a safetensors file lies. Immutable.</summary>
/// <param name="Name">Name, unique in the file.</param>
/// <param name="Type">Type of the elements.</param>
/// <param name="Shape">Dimensions, outermost first; empty for a scalar. Any may be 0.</param>
/// <param name="Offset">First byte, from the start of the file's data section.</param>
/// <param name="ByteLength">Bytes: elements x the type's size, row-major, little-endian.</param>
public sealed record TensorInfo(string Name, ElementType Type, IReadOnlyList<long> Shape, long Offset, long ByteLength)
{
    /// <summary>Number of elements: the product of the shape, 1 for a scalar.</summary>
    public long ElementCount => ByteLength / Type.Size();

    /// <summary>For a person: numbers to four decimals, lists written out.</summary>
    public override string ToString() => $"{nameof(TensorInfo)} {{ {nameof(Name)} = {Name}, {nameof(Type)} = {Type}, {nameof(Shape)} = {Printed.List(Shape)}, {nameof(Offset)} = {Offset}, {nameof(ByteLength)} = {ByteLength} }}";
}
