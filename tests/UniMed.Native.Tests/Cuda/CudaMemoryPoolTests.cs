using CsCheck;
using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Emulated;
using UniMed.Native.Gpu;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

public sealed class CudaMemoryPoolTests : IDisposable
{
    private readonly EmulatedDriver _driver = HostLibrary.Open(memoryBytes: 1 << 24);
    private readonly CudaStream _stream;

    public CudaMemoryPoolTests() => _stream = _driver.CreateStream();

    public void Dispose() => _driver.Dispose();

    [Fact]
    public void Memory_that_comes_back_is_handed_out_again()
    {
        using var pool = new CudaMemoryPool(_driver);
        CudaMemory first = pool.Allocate(1000, _stream);
        DevicePointer pointer = first.Pointer;
        first.Dispose();
        Assert.Equal(new CudaMemoryCounters(1024, 1024, 1024, 0), pool.Counters);

        using CudaMemory again = pool.Allocate(1010, _stream);

        Assert.Equal(pointer, again.Pointer);
        Assert.Equal(1010, again.Bytes);
        Assert.Equal(new CudaMemoryCounters(1024, 0, 1024, 1), pool.Counters);
        Assert.Equal(1, _driver.Open.DeviceAllocations);
    }

    [Fact]
    public void Use_after_free_and_double_free_are_noticed()
    {
        using var pool = new CudaMemoryPool(_driver);
        using var other = new CudaMemoryPool(_driver);
        CudaMemory memory = pool.Allocate(100, _stream);

        Assert.Throws<ArgumentException>(() => other.Free(memory));
        pool.Free(memory);

        Assert.Throws<ObjectDisposedException>(() => memory.Pointer);
        Assert.Throws<InvalidOperationException>(() => pool.Free(memory));
        memory.Dispose();
        Assert.Equal(new CudaMemoryCounters(256, 256, 256, 0), pool.Counters);
    }

    [Fact]
    public void A_block_goes_to_another_stream_after_the_work_of_the_first()
    {
        using var pool = new CudaMemoryPool(_driver);
        CudaStream other = _driver.CreateStream();
        PinnedMemory result = _driver.AllocateHost(256);
        CudaMemory memory = pool.Allocate(256, _stream);
        _driver.Fill(memory.Pointer, 1, 256, _stream);
        _driver.CopyToHost(result, memory.Pointer, _stream);
        memory.Dispose();

        using CudaMemory second = pool.Allocate(256, other);
        _driver.Fill(second.Pointer, 2, 256, other);
        _driver.Synchronize(other);

        Assert.Equal(1, result.Span[0]);
    }

    [Fact]
    public void What_is_kept_is_bounded()
    {
        using var pool = new CudaMemoryPool(_driver, maxCachedBytes: 4096);
        CudaMemory[] memory = [.. Enumerable.Range(0, 8).Select(_ => pool.Allocate(1024, _stream))];
        foreach (CudaMemory block in memory)
            block.Dispose();

        Assert.Equal(new CudaMemoryCounters(4096, 4096, 8192, 0), pool.Counters);
        pool.Trim();
        Assert.Equal(0, pool.Counters.AllocatedBytes);
        Assert.Equal(0, _driver.Open.DeviceAllocations);
    }

    [Fact]
    public void Kept_memory_is_given_up_before_an_allocation_fails()
    {
        using var pool = new CudaMemoryPool(_driver);
        pool.Allocate(10 << 20, _stream).Dispose();

        using (CudaMemory large = pool.Allocate(12 << 20, _stream))
            Assert.Equal(12 << 20, pool.Counters.InUseBytes);
        Assert.Throws<CudaOutOfMemoryException>(() => pool.Allocate(20 << 20, _stream));
        Assert.Equal(0, pool.Counters.LiveBlocks);
    }

    [Fact]
    public void Memory_may_come_back_during_a_capture_and_be_had_again()
    {
        using var pool = new CudaMemoryPool(_driver, maxCachedBytes: 0);
        CudaMemory scratch = pool.Allocate(512, _stream);
        _driver.BeginCapture(_stream);

        scratch.Dispose();
        CudaMemory again = pool.Allocate(512, _stream);
        _driver.DestroyGraph(_driver.EndCapture(_stream));
        again.Dispose();

        Assert.Equal(0, pool.Counters.CachedBytes);
    }

    [Fact]
    public void Dispose_gives_everything_back_and_ends_what_is_in_use()
    {
        var pool = new CudaMemoryPool(_driver);
        CudaMemory inUse = pool.Allocate(5000, _stream);
        pool.Allocate(100, _stream).Dispose();
        Assert.Equal(2, _driver.Open.DeviceAllocations);

        pool.Dispose();
        pool.Dispose();
        inUse.Dispose();

        Assert.Equal(new EmulatedObjects(0, 0, 1, 0, 0), _driver.Open);
        Assert.Throws<ObjectDisposedException>(() => pool.Allocate(1, _stream));
    }

    [Fact]
    public void A_lost_device_does_not_keep_a_pool_from_ending()
    {
        var pool = new CudaMemoryPool(_driver);
        using CudaModule module = CudaModule.Load(_driver);
        CudaMemory memory = pool.Allocate(16, _stream);
        HostLibrary.RmsNorm(module, _stream, memory.Pointer, default, default, rows: 1, columns: 4);

        memory.Dispose();
        pool.Dispose();

        Assert.NotNull(_driver.Fault);
    }

    [Fact]
    public void Blocks_in_use_never_overlap_and_the_counters_add_up() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[1, 40000], Gen.Int[0, 1]).Array[1, 60].Sample(steps =>
        {
            CudaStream[] streams = [_stream, _driver.CreateStream()];
            using var pool = new CudaMemoryPool(_driver, maxCachedBytes: 50_000);
            var live = new List<CudaMemory>();
            long peak = 0;
            foreach ((int what, int bytes, int stream) in steps)
            {
                if (what > 0)
                {
                    CudaMemory memory = pool.Allocate(bytes, streams[stream]);
                    Assert.All(live, other => Assert.True(
                        other.Pointer.Address + (ulong)other.Bytes <= memory.Pointer.Address || memory.Pointer.Address + (ulong)memory.Bytes <= other.Pointer.Address));
                    _driver.Fill(memory.Pointer, (byte)live.Count, bytes, streams[stream]);
                    live.Add(memory);
                }
                else if (live.Count > 0)
                {
                    pool.Free(live[bytes % live.Count]);
                    live.RemoveAt(bytes % live.Count);
                }

                CudaMemoryCounters counters = pool.Counters;
                peak = Math.Max(peak, counters.AllocatedBytes);
                Assert.Equal(live.Sum(memory => SizeClass.Of(memory.Bytes)), counters.InUseBytes);
                Assert.Equal(live.Count, counters.LiveBlocks);
                Assert.InRange(counters.CachedBytes, 0, pool.MaxCachedBytes);
                Assert.InRange(peak, 0, counters.PeakAllocatedBytes);
            }

            _driver.DestroyStream(streams[1]);
            pool.Dispose();
            Assert.Equal(0, _driver.Open.DeviceAllocations);
        }, threads: 1, iter: 100);
}
