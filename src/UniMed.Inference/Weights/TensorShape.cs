using System.Globalization;

namespace UniMed.Inference.Weights;

/// <summary>Arithmetic on shapes that may come from a hostile file: nothing overflows silently.</summary>
internal static class TensorShape
{
    /// <summary>Product of the dimensions; false when one is negative or the product of the non-zero ones leaves a signed 64-bit integer.</summary>
    public static bool TryCount(IReadOnlyList<long> shape, out long count) => TryCount(shape, shape.Count, out count);

    /// <summary>The same of the first dimensions.</summary>
    public static bool TryCount(IReadOnlyList<long> shape, int dimensions, out long count)
    {
        count = 1;
        bool empty = false;
        for (int i = 0; i < dimensions; i++)
        {
            long dimension = shape[i];
            if (dimension < 0 || (dimension > 0 && count > long.MaxValue / dimension))
                return false;
            empty |= dimension == 0;
            count *= Math.Max(dimension, 1);
        }

        if (empty)
            count = 0;
        return true;
    }

    /// <summary>Bytes of a tensor; false when the shape or the product is out of range.</summary>
    public static bool TryByteLength(IReadOnlyList<long> shape, int elementSize, out long bytes)
    {
        bytes = 0;
        if (!TryCount(shape, out long count) || count > long.MaxValue / elementSize)
            return false;
        bytes = count * elementSize;
        return true;
    }

    /// <summary>The shape as <c>[2, 3]</c>.</summary>
    public static string Format(IReadOnlyList<long> shape) =>
        $"[{string.Join(", ", shape.Select(d => d.ToString(CultureInfo.InvariantCulture)))}]";
}
