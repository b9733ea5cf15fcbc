using CsCheck;
using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Emulated;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

public sealed class PinnedStagingTests : IDisposable
{
    private readonly EmulatedDriver _driver = HostLibrary.Open();
    private readonly CudaStream _stream;

    public PinnedStagingTests() => _stream = _driver.CreateStream();

    public void Dispose() => _driver.Dispose();

    [Fact]
    public void Every_byte_arrives_whatever_the_pieces_are() =>
        Gen.Select(Gen.Int[1, 200], Gen.Int[2, 4], Gen.Int[0, 1000], Gen.Int[1, 200]).Where((buffer, _, _, granule) => granule <= buffer).Sample((buffer, buffers, bytes, granule) =>
        {
            using var staging = new PinnedStaging(_driver, _stream, buffer, buffers);
            byte[] expected = [.. Enumerable.Range(0, bytes).Select(i => (byte)(i * 7))];
            DevicePointer first = _driver.Allocate(bytes + 1);
            DevicePointer second = _driver.Allocate(bytes + 1);
            DevicePointer place = _driver.Allocate(buffer);
            var pieces = new List<int>();

            staging.Upload(
                place,
                bytes,
                granule,
                (piece, offset) =>
                {
                    pieces.Add(piece.Length);
                    expected.AsSpan((int)offset, piece.Length).CopyTo(piece);
                },
                (piece, offset) => _driver.CopyOnDevice(first + offset, place, piece, _stream));
            staging.Upload(second, expected);
            _driver.Synchronize(_stream);

            Assert.All(pieces.SkipLast(1), length => Assert.Equal(0, length % granule));
            foreach (DevicePointer memory in new[] { first, second })
            {
                var back = new byte[bytes];
                _driver.CopyToHost(back, memory);
                Assert.Equal(expected, back);
                _driver.Free(memory);
            }

            _driver.Free(place);
        }, threads: 1, iter: 100);

    [Fact]
    public void The_first_pieces_are_under_way_while_the_next_ones_are_written()
    {
        using var staging = new PinnedStaging(_driver, _stream, bufferBytes: 4, buffers: 2);
        DevicePointer place = _driver.Allocate(4);
        var arrived = new List<byte>();

        staging.Upload(
            place,
            12,
            4,
            (piece, offset) =>
            {
                // The third piece waits for the buffer of the first, and for nothing else.
                var there = new byte[4];
                _driver.CopyToHost(there, place);
                arrived.Add(there[0]);
                piece.Fill((byte)(1 + offset));
            },
            (_, _) => { });

        Assert.Equal([255, 255, 1], arrived);
    }

    [Fact]
    public void A_failed_preparation_leaves_the_ring_usable()
    {
        using var staging = new PinnedStaging(_driver, _stream, bufferBytes: 8);
        DevicePointer memory = _driver.Allocate(8);

        Assert.Throws<FormatException>(() => staging.Upload(memory, 8, 8, (_, _) => throw new FormatException(), (_, _) => { }));
        staging.Upload(memory, [1, 2, 3, 4, 5, 6, 7, 8]);
        _driver.Synchronize(_stream);

        var back = new byte[8];
        _driver.CopyToHost(back, memory);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], back);
    }

    [Fact]
    public void Dispose_waits_for_what_is_under_way_and_gives_everything_back()
    {
        DevicePointer memory = _driver.Allocate(4);
        var staging = new PinnedStaging(_driver, _stream, bufferBytes: 4);
        staging.Upload(memory, [1, 2, 3, 4]);

        staging.Dispose();
        staging.Dispose();

        var back = new byte[4];
        _driver.CopyToHost(back, memory);
        Assert.Equal([1, 2, 3, 4], back);
        Assert.Equal(new EmulatedObjects(1, 0, 1, 0, 0), _driver.Open);
        Assert.Throws<ObjectDisposedException>(() => staging.Take(1));
    }

    [Fact]
    public void Pieces_larger_than_a_buffer_are_refused()
    {
        using var staging = new PinnedStaging(_driver, _stream, bufferBytes: 8);

        Assert.Throws<ArgumentOutOfRangeException>(() => staging.Upload(default, 100, 9, (_, _) => { }, (_, _) => { }));
        Assert.Throws<ArgumentOutOfRangeException>(() => staging.Take(9));
    }
}
