using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using UniMed.Native;

namespace UniMed.Bench.Synthetic;

/// <summary>
/// Random matrices at the speed of copying memory: a block of random numbers, made once for each type and size of numbers, is repeated from a place that depends on the tensor. The block's
/// length is a prime, so no two rows of a matrix are equal and no two tensors begin alike.
/// </summary>
/// <remarks>Thread-safe. The same seed gives the same numbers everywhere.</remarks>
internal sealed class SyntheticNumbers(int seed)
{
    private const int BlockLength = 1_048_573;
    private const int PieceLength = 4 << 20;
    private const uint Stride = 982_451_653;

    /// <summary>Standard deviation of whole numbers drawn evenly from -127..127.</summary>
    private const float Int8Deviation = 73.32f;

    /// <summary>Standard deviation of whole numbers drawn evenly from -7..7.</summary>
    private const float Int4Deviation = 4.32f;

    private readonly ConcurrentDictionary<(string Kind, float Size), byte[]> _blocks = new();

    /// <summary>Floating-point numbers, even around a mean.</summary>
    /// <param name="type">F32, F16 or BF16.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="mean">Mean.</param>
    /// <param name="deviation">Standard deviation.</param>
    /// <param name="place">Number of the tensor.</param>
    public HostTensor Plain(ElementType type, int rows, int columns, float mean, float deviation, int place)
    {
        byte[] block = _blocks.GetOrAdd(($"{type} around {mean}", deviation), _ =>
        {
            var stored = new byte[BlockLength * type.Size()];
            FloatConversion.FromSingle(Even(mean, deviation), type, stored);
            return stored;
        });
        return Repeat(block, type, rows, columns, place);
    }

    /// <summary>A quantized matrix as docs/formats.md stores it, with the standard deviation of a layer: 1 / sqrt(columns).</summary>
    /// <param name="format">Int8 or int4 blocks.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="place">Number of the tensor.</param>
    public HostTensor Quantized(WeightFormat format, int rows, int columns, int place) =>
        HostTensor.Quantized(format, Values(format, rows, columns, place), Scales(format, rows, columns, place), columns);

    /// <summary>The values of <see cref="Quantized"/>.</summary>
    public HostTensor Values(WeightFormat format, int rows, int columns, int place)
    {
        byte[] block = _blocks.GetOrAdd((format.ToString(), 0), _ =>
        {
            var random = new Random(seed);
            var values = new byte[BlockLength];
            for (int i = 0; i < values.Length; i++)
                values[i] = format == WeightFormat.Int8Block32 ? (byte)random.Next(-127, 128) : (byte)(random.Next(1, 16) | (random.Next(1, 16) << 4));
            return values;
        });
        return Repeat(block, BlockQuantization.ValueType(format), rows, BlockQuantization.RowBytes(format, columns), place);
    }

    /// <summary>The scales of <see cref="Quantized"/>.</summary>
    public HostTensor Scales(WeightFormat format, int rows, int columns, int place)
    {
        float scale = Layer(columns) / (format == WeightFormat.Int8Block32 ? Int8Deviation : Int4Deviation);
        return Plain(ElementType.F16, rows, BlockQuantization.Blocks(columns), scale, scale / 8, place);
    }

    /// <summary>Standard deviation of a layer's matrix.</summary>
    public static float Layer(int columns) => 1 / MathF.Sqrt(columns);

    private float[] Even(float mean, float deviation)
    {
        var random = new Random(seed);
        float half = deviation * MathF.Sqrt(3);
        var numbers = new float[BlockLength];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = mean + (half * ((2 * random.NextSingle()) - 1));
        return numbers;
    }

    private static unsafe HostTensor Repeat(byte[] block, ElementType type, int rows, int columns, int place)
    {
        int size = type.Size();
        long length = (long)rows * columns;
        byte[] memory = GC.AllocateUninitializedArray<byte>(checked((int)(length * size)), pinned: true);
        long start = place * (long)Stride % BlockLength;
        int pieces = (int)((length + PieceLength - 1) / PieceLength);
        Parallel.For(0, pieces, piece =>
        {
            long at = (long)piece * PieceLength;
            long end = Math.Min(length, at + PieceLength);
            while (at < end)
            {
                int from = (int)((start + at) % BlockLength);
                int count = (int)Math.Min(end - at, BlockLength - from);
                Buffer.BlockCopy(block, from * size, memory, (int)(at * size), count * size);
                at += count;
            }
        });
        return new HostTensor((nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(memory)), type, rows, columns, columns, memory);
    }
}
