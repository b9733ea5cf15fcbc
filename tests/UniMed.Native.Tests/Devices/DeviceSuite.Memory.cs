using System.Runtime.CompilerServices;
using Xunit;

namespace UniMed.Native.Tests.Devices;

/// <content>Buffers: copies, counting, disposal.</content>
public abstract partial class DeviceSuite<TFixture>
{
    [Fact]
    public void Numbers_come_back_bit_by_bit()
    {
        float[,] values =
        {
            { 0, -0f, float.Epsilon, -float.Epsilon },
            { float.MaxValue, float.MinValue, float.PositiveInfinity, float.NegativeInfinity },
            { float.NaN, BitConverter.UInt32BitsToSingle(0x7F800001), BitConverter.UInt32BitsToSingle(0xFFC12345), 1f / 3 },
        };
        DeviceMatrix copy = Output(3, 4);

        Device.Copy(Input(values), copy.Tensor);

        Matrices.AssertSameBits(values, copy.Read());
    }

    [Fact]
    public void A_slice_is_a_view_of_its_rows()
    {
        DeviceMatrix matrix = Output(RandomValues.Matrix(new Random(121), 6, 5));
        float[,] expected = Matrices.Stack(matrix.Read().Range(0, 2), new float[3, 5], matrix.Read().Rows(5));

        Device.Upload(new float[15], matrix.Tensor.Slice(2, 3));

        Matrices.AssertSameBits(expected, matrix.Read());
    }

    [Fact]
    public void Empty_matrices_are_copied_without_complaint()
    {
        using DeviceBuffer empty = Device.Allocate(0);

        Device.Upload([], empty.AsTensor(0, 5));
        Device.Copy(empty.AsTensor(0, 5), Any(0, 5));
        Device.Download(empty.AsTensor(3, 0), []);
    }

    [Fact]
    public void Shapes_that_do_not_fit_a_copy_are_refused()
    {
        Refused(() => Device.Upload(new float[11], Any(3, 4)));
        Refused(() => Device.Upload(new float[13], Any(3, 4)));
        Refused(() => Device.Download(Any(3, 4), new float[11]));
        Refused(() => Device.Download(Any(3, 4), new float[13]));
        Refused(() => Device.Copy(Any(3, 4), Any(4, 3)));
        Refused(() => Device.Copy(Any(3, 4), Any(2, 4)));
        Refused(() => Device.Upload([], default));
        Refused(() => Device.Download(default, []));
    }

    [Fact]
    public void Impossible_sizes_are_refused()
    {
        Refused(() => Device.Allocate(-1));
        Refused(() => Device.Allocate(long.MinValue));
        Assert.ThrowsAny<OutOfMemoryException>(() => Device.Allocate(1L << 50));
        Assert.ThrowsAny<OutOfMemoryException>(() => Device.Allocate(1L << 62));
        Assert.ThrowsAny<OutOfMemoryException>(() => Device.Allocate(long.MaxValue));
    }

    [Fact]
    public void Allocated_bytes_count_buffers_and_caches_until_they_are_disposed_once()
    {
        long before = Device.AllocatedBytes;
        DeviceBuffer buffer = Device.Allocate(1000);
        Assert.True(Device.AllocatedBytes >= before + 4000);
        KvCache cache = Device.CreateKvCache(layers: 2, kvHeads: 3, headDim: 5, blocks: 7, blockSize: 4);
        Assert.True(Device.AllocatedBytes >= before + 4000 + (2 * 3 * 5 * 7 * 4));

        buffer.Dispose();
        cache.Dispose();
        Assert.Equal(before, Device.AllocatedBytes);

        buffer.Dispose();
        cache.Dispose();
        Assert.Equal(before, Device.AllocatedBytes);
    }

    [Fact]
    public void Many_threads_may_allocate_and_dispose_even_the_same_buffer()
    {
        long before = Device.AllocatedBytes;
        DeviceBuffer shared = Device.Allocate(100);

        Parallel.For(0, 400, i =>
        {
            using DeviceBuffer buffer = Device.Allocate(i);
            shared.Dispose();
        });

        Assert.Equal(before, Device.AllocatedBytes);
    }

    [Fact]
    public void Memory_that_nobody_disposed_comes_back_with_its_owner()
    {
        long before = Device.AllocatedBytes;

        Forget();
        GC.Collect();
        GC.WaitForPendingFinalizers();

        Assert.Equal(before, Device.AllocatedBytes);
    }

    [Fact]
    public void The_device_says_what_it_is()
    {
        Assert.NotEmpty(Device.Info.Name);
        Assert.NotEmpty(Device.Info.Description);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Forget()
    {
        Device.Allocate(5000);
        Device.CreateKvCache(1, 1, 8, 8, 8);
    }
}
