using Xunit;

namespace UniMed.Native.Tests.Devices;

/// <summary>
/// A matrix in device memory between sentinels: a NaN that must not be read, nor overwritten. An odd number of rows that are multiples of 16 bytes lies at a multiple of 64 bytes, as a model's own
/// memory does; any other lies at an odd offset. Kernels have ways of their own for either.
/// </summary>
public sealed class DeviceMatrix : IDisposable
{
    private const int Border = 16;
    private const int OffBorder = 7;
    private const int After = 9;
    private static readonly float Sentinel = BitConverter.UInt32BitsToSingle(0x7FC5A5A5);

    private readonly Device _device;
    private readonly DeviceBuffer _buffer;
    private readonly float[,]? _unchanging;
    private readonly int _before;

    /// <summary>Uploads a matrix.</summary>
    /// <param name="device">Where to.</param>
    /// <param name="values">The numbers.</param>
    /// <param name="isInput">True when no operation may change it.</param>
    public DeviceMatrix(Device device, float[,] values, bool isInput)
        : this(device, values.GetLength(0), values.GetLength(1))
    {
        device.Upload(values.Flat(), Tensor);
        _unchanging = isInput ? (float[,])values.Clone() : null;
    }

    /// <summary>A matrix that holds only sentinels, to be written.</summary>
    public DeviceMatrix(Device device, int rows, int columns)
    {
        _device = device;
        _before = rows % 2 == 1 && columns % 4 == 0 ? Border : OffBorder;
        _buffer = device.Allocate(_before + ((long)rows * columns) + After);
        var sentinels = new float[_buffer.Length];
        Array.Fill(sentinels, Sentinel);
        device.Upload(sentinels, _buffer.AsTensor(1, sentinels.Length));
        Tensor = new Tensor(_buffer, _before, rows, columns);
    }

    public Tensor Tensor { get; }

    public float[,] Read()
    {
        var values = new float[Tensor.Rows, Tensor.Columns];
        _device.Download(Tensor, values.Flat());
        return values;
    }

    /// <summary>Fails when a sentinel is gone, or an input changed.</summary>
    public void AssertIntact()
    {
        var all = new float[_buffer.Length];
        _device.Download(_buffer.AsTensor(1, all.Length), all);
        for (int i = 0; i < all.Length; i++)
        {
            bool inside = i >= _before && i < all.Length - After;
            if (!inside)
                Assert.True(BitConverter.SingleToUInt32Bits(all[i]) == BitConverter.SingleToUInt32Bits(Sentinel), $"Element {i - _before} outside a matrix of {Tensor.Length} was written.");
        }

        if (_unchanging is not null)
            Matrices.AssertSameBits(_unchanging, Read());
    }

    public void Dispose() => _buffer.Dispose();
}
