using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace UniMed.Native;

/// <summary>Conversions between the stored floating-point types and fp32. Narrowing rounds to nearest, ties to even.</summary>
public static class FloatConversion
{
    /// <summary>Reads stored floating-point numbers as fp32.</summary>
    /// <param name="source">Little-endian elements of <paramref name="type"/>, of any alignment.</param>
    /// <param name="type">F64 (rounded), F32, F16 or BF16.</param>
    /// <param name="destination">At least as many elements as the source holds.</param>
    /// <exception cref="ArgumentException">The destination is too short, or the source ends within an element.</exception>
    /// <exception cref="NotSupportedException">The type is not floating point.</exception>
    public static void ToSingle(ReadOnlySpan<byte> source, ElementType type, Span<float> destination)
    {
        int count = source.Length / type.Size();
        if (source.Length % type.Size() != 0)
            throw new ArgumentException($"{source.Length} bytes are not a whole number of {type.SafetensorsName()} elements.", nameof(source));
        if (destination.Length < count)
            throw new ArgumentException($"{count} elements do not fit into {destination.Length}.", nameof(destination));
        switch (type)
        {
            case ElementType.F32:
                source.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case ElementType.F16:
                ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(source);
                for (int i = 0; i < count; i++)
                    destination[i] = (float)halves[i];
                break;
            case ElementType.BF16:
                ReadOnlySpan<ushort> brains = MemoryMarshal.Cast<byte, ushort>(source);
                for (int i = 0; i < count; i++)
                    destination[i] = BitConverter.UInt32BitsToSingle((uint)brains[i] << 16);
                break;
            case ElementType.F64:
                ReadOnlySpan<double> doubles = MemoryMarshal.Cast<byte, double>(source);
                for (int i = 0; i < count; i++)
                    destination[i] = (float)doubles[i];
                break;
            default:
                throw new NotSupportedException($"{type.SafetensorsName()} is not a floating-point type.");
        }
    }

    /// <summary>Stores fp32 numbers in another floating-point type.</summary>
    /// <param name="source">Numbers to store.</param>
    /// <param name="type">F64, F32, F16 or BF16. F16 overflows to infinity beyond 65504, as IEEE 754 rounds.</param>
    /// <param name="destination">At least source.Length x the type's size bytes.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="NotSupportedException">The type is not floating point.</exception>
    public static void FromSingle(ReadOnlySpan<float> source, ElementType type, Span<byte> destination)
    {
        if (destination.Length < (long)source.Length * type.Size())
            throw new ArgumentException($"{source.Length} {type.SafetensorsName()} elements do not fit into {destination.Length} bytes.", nameof(destination));
        switch (type)
        {
            case ElementType.F32:
                MemoryMarshal.AsBytes(source).CopyTo(destination);
                break;
            case ElementType.F16:
                ToHalf(source, MemoryMarshal.Cast<byte, ushort>(destination));
                break;
            case ElementType.BF16:
                Span<ushort> brains = MemoryMarshal.Cast<byte, ushort>(destination);
                for (int i = 0; i < source.Length; i++)
                    brains[i] = ToBFloat16Bits(source[i]);
                break;
            case ElementType.F64:
                Span<double> doubles = MemoryMarshal.Cast<byte, double>(destination);
                for (int i = 0; i < source.Length; i++)
                    doubles[i] = source[i];
                break;
            default:
                throw new NotSupportedException($"{type.SafetensorsName()} is not a floating-point type.");
        }
    }

    // Eight numbers at a time: the framework's conversion takes one, and is most of the time in which a model of fp32 is loaded.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ToHalf(ReadOnlySpan<float> source, Span<ushort> destination)
    {
        int i = 0;
        for (; i <= source.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256<uint> bits = Vector256.Create(source[i..]).AsUInt32();
            Vector256<uint> magnitude = bits & Vector256.Create(0x7FFFFFFFu);
            if (Vector256.GreaterThanAny(magnitude, Vector256.Create(0x7F800000u)))
            {
                // How a NaN is narrowed is the framework's business.
                for (int j = i; j < i + Vector256<float>.Count; j++)
                    destination[j] = BitConverter.HalfToUInt16Bits((Half)source[j]);
                continue;
            }

            // From 65536 on all is infinity. The exponent moves by 112; half of the last place that stays, or just less
            // where that is even, carries.
            Vector256<uint> finite = Vector256.Min(magnitude, Vector256.Create(0x47800000u));
            Vector256<uint> normal = (finite - Vector256.Create(0x38000000u - 0xFFFu) + ((finite >> 13) & Vector256<uint>.One)) >> 13;
            // Below 2^-14 numbers are multiples of 2^-24, which is the last place of 0.5: the sum rounds to them.
            Vector256<uint> small = (magnitude.AsSingle() + Vector256.Create(0.5f)).AsUInt32() - Vector256.Create(0x3F000000u);
            Vector256<uint> half = Vector256.ConditionalSelect(Vector256.LessThan(magnitude, Vector256.Create(0x38800000u)), small, normal)
                | ((bits >> 16) & Vector256.Create(0x8000u));
            Vector256.Narrow(half, half).GetLower().CopyTo(destination[i..]);
        }

        for (; i < source.Length; i++)
            destination[i] = BitConverter.HalfToUInt16Bits((Half)source[i]);
    }

    private static ushort ToBFloat16Bits(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        // A NaN whose payload sits in the lower half would round to infinity: keep it a NaN.
        if (float.IsNaN(value))
            return (ushort)((bits >> 16) | 0x0040);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
