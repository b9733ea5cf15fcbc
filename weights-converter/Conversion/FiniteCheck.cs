using System.Numerics;
using System.Runtime.InteropServices;
using UniMed.Native;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>Finds weights that are not finite, and finite ones that became infinite in a smaller type. A model with such a weight answers nonsense, so it is an error.</summary>
internal static class FiniteCheck
{
    /// <summary>Checks that every number of a piece is finite; what is not is counted to the end of the tensor.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="pieces">Its pieces, for counting.</param>
    /// <param name="stored">The piece.</param>
    /// <param name="type">Type of its numbers.</param>
    /// <param name="first">Its first element.</param>
    public static void ThrowIfNotFinite(PlannedTensor tensor, TensorPieces pieces, ReadOnlySpan<byte> stored, ElementType type, long first)
    {
        bool isFinite = type switch
        {
            ElementType.F16 => IsFinite<ushort>(stored, 0x7C00),
            ElementType.BF16 => IsFinite<ushort>(stored, 0x7F80),
            ElementType.F32 => IsFinite<uint>(stored, 0x7F800000),
            _ => IsFinite<ulong>(stored, 0x7FF0000000000000),
        };
        if (isFinite)
            return;
        (long count, long at, float value) = (0, 0, 0);
        for (long piece = first; piece < tensor.Source.Count; piece += pieces.Size)
        {
            ReadOnlySpan<float> numbers = pieces.ReadNumbers(piece).Span;
            for (int i = 0; i < numbers.Length; i++)
            {
                if (!float.IsFinite(numbers[i]) && count++ == 0)
                    (at, value) = (piece + i, numbers[i]);
            }
        }

        throw new ConversionException(
            $"Tensor \"{tensor.Name}\" (\"{tensor.Source.Key}\" of {tensor.Source.File}{(tensor.Lora is null ? "" : ", LoRA merged")}) holds {count} of {tensor.Source.Count} numbers that are not "
            + $"finite, the first {OptionText.Of(value)} at element {at}. A model with them answers nonsense: the training diverged, or the file is damaged. Use another checkpoint.");
    }

    /// <summary>Checks numbers that were read as fp32; only F64 can overflow there.</summary>
    public static void ThrowIfOverflown(PlannedTensor tensor, ReadOnlySpan<byte> stored, ElementType type, ReadOnlySpan<float> values, long first)
    {
        if (type != ElementType.F64)
            return;
        ReadOnlySpan<double> numbers = MemoryMarshal.Cast<byte, double>(stored);
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsInfinity(values[i]) && double.IsFinite(numbers[i]))
                throw Overflow(tensor, first + i, numbers[i], ElementType.F32);
        }
    }

    /// <summary>Checks numbers that were stored in the output type; F16 and, at its very end, BF16 can overflow.</summary>
    public static void ThrowIfOverflown(PlannedTensor tensor, ReadOnlySpan<float> values, ReadOnlySpan<byte> stored, ElementType type, long first)
    {
        if (type is not (ElementType.F16 or ElementType.BF16))
            return;
        ReadOnlySpan<ushort> bits = MemoryMarshal.Cast<byte, ushort>(stored);
        int infinity = type == ElementType.F16 ? 0x7C00 : 0x7F80;
        for (int i = 0; i < values.Length; i++)
        {
            if ((bits[i] & 0x7FFF) == infinity && float.IsFinite(values[i]))
                throw Overflow(tensor, first + i, values[i], type);
        }
    }

    /// <summary>Checks that blocks can hold every number: not beyond the largest scale.</summary>
    public static void ThrowIfUnfit(PlannedTensor tensor, ReadOnlySpan<float> values, OutputFormat format, long first)
    {
        float largest = BlockQuantization.MaxMagnitude(format.Format);
        for (int i = 0; i < values.Length; i++)
        {
            if (!(Math.Abs(values[i]) <= largest))
            {
                throw new ConversionException(
                    $"Tensor \"{tensor.Name}\" (\"{tensor.Source.Key}\" of {tensor.Source.File}) holds {OptionText.Of(values[i])} at element {first + i}; {format.Name} holds "
                    + $"finite numbers up to {OptionText.Of(largest)}. Convert with --dtype bf16 or f32, or check the checkpoint.");
            }
        }
    }

    /// <summary>True when no number has all bits of its exponent set.</summary>
    private static bool IsFinite<T>(ReadOnlySpan<byte> stored, T exponent)
        where T : unmanaged, IBinaryInteger<T>
    {
        ReadOnlySpan<T> numbers = MemoryMarshal.Cast<byte, T>(stored);
        ReadOnlySpan<Vector<T>> wide = MemoryMarshal.Cast<T, Vector<T>>(numbers);
        var mask = new Vector<T>(exponent);
        foreach (Vector<T> vector in wide)
        {
            if (Vector.EqualsAny(vector & mask, mask))
                return false;
        }

        foreach (T number in numbers[(wide.Length * Vector<T>.Count)..])
        {
            if ((number & exponent) == exponent)
                return false;
        }

        return true;
    }

    private static ConversionException Overflow(PlannedTensor tensor, long index, double value, ElementType type) =>
        new($"Tensor \"{tensor.Name}\" (\"{tensor.Source.Key}\" of {tensor.Source.File}) holds {OptionText.Of(value)} at element {index}, "
            + $"which is beyond {type.SafetensorsName()}. Convert with --dtype bf16 or f32.");
}
