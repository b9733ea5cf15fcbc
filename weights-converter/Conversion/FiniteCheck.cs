using System.Runtime.InteropServices;
using UniMed.Native;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>Finds finite weights that became infinite in a smaller type. A model with such a weight answers nonsense, so it is an error.</summary>
internal static class FiniteCheck
{
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

    /// <summary>Checks that blocks can hold every number: finite, and not beyond the largest scale.</summary>
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

    private static ConversionException Overflow(PlannedTensor tensor, long index, double value, ElementType type) =>
        new($"Tensor \"{tensor.Name}\" (\"{tensor.Source.Key}\" of {tensor.Source.File}) holds {OptionText.Of(value)} at element {index}, "
            + $"which is beyond {type.SafetensorsName()}. Convert with --dtype bf16 or f32.");
}
