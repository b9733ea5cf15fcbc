using UniMed.Inference.Language;
using UniMed.Native.Reference;
using Xunit;

namespace UniMed.Inference.Tests.Language;

public sealed class KvBlockPoolTests : IDisposable
{
    private const int BlockSize = 4;

    private readonly ReferenceDevice _device = new();
    private readonly KvBlockPool _pool;

    public KvBlockPoolTests() => _pool = new KvBlockPool(_device.CreateKvCache(layers: 2, kvHeads: 1, headDim: 2, blocks: 10, blockSize: BlockSize));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _pool.Dispose();

    [Fact]
    public async Task A_reservation_takes_blocks_and_gives_them_back_once()
    {
        KvReservation reservation = await _pool.ReserveAsync(7, Cancellation);
        Assert.Equal(3, _pool.Free);
        reservation.Dispose();
        reservation.Dispose();
        Assert.Equal(10, _pool.Free);
    }

    [Fact]
    public async Task Requests_that_do_not_fit_wait_in_order_even_when_a_later_smaller_one_would_fit()
    {
        KvReservation first = await _pool.ReserveAsync(8, Cancellation);
        Task<KvReservation> large = _pool.ReserveAsync(5, Cancellation);
        Task<KvReservation> small = _pool.ReserveAsync(1, Cancellation);
        Assert.False(large.IsCompleted);
        Assert.False(small.IsCompleted);
        first.Dispose();
        (await large).Dispose();
        (await small).Dispose();
        Assert.Equal(10, _pool.Free);
    }

    [Fact]
    public async Task A_cancelled_wait_leaves_the_queue_and_lets_the_next_one_in()
    {
        KvReservation first = await _pool.ReserveAsync(8, Cancellation);
        using var cancel = new CancellationTokenSource();
        Task<KvReservation> large = _pool.ReserveAsync(5, cancel.Token);
        Task<KvReservation> small = _pool.ReserveAsync(2, Cancellation);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        (await small).Dispose();
        first.Dispose();
        Assert.Equal(10, _pool.Free);
    }

    [Fact]
    public async Task More_than_the_whole_cache_is_an_error_that_names_both_sizes()
    {
        UniMedException error = await Assert.ThrowsAsync<UniMedException>(() => _pool.ReserveAsync(11, Cancellation));
        Assert.Contains("44 positions", error.Message, StringComparison.Ordinal);
        Assert.Contains("40", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fork_shares_full_blocks_and_copies_a_partly_filled_last_block_before_it_is_written()
    {
        using KvReservation reservation = await _pool.ReserveAsync(10, Cancellation);
        var original = new KvSequence(reservation, BlockSize);
        original.Extend(6, _device, _pool.Cache);
        int[] before = [.. original.Blocks];
        KvSequence fork = original.Fork();
        Assert.Equal(original.Blocks, fork.Blocks);

        fork.Extend(1, _device, _pool.Cache);

        Assert.Equal(before, original.Blocks);
        Assert.Equal(before[0], fork.Blocks[0]);
        Assert.NotEqual(before[1], fork.Blocks[1]);
        Assert.Equal(7, fork.Length);
        Assert.Equal(6, original.Length);

        original.Extend(1, _device, _pool.Cache);
        Assert.Equal(before, original.Blocks);
    }

    [Fact]
    public async Task A_fork_at_a_block_border_copies_nothing()
    {
        using KvReservation reservation = await _pool.ReserveAsync(10, Cancellation);
        var original = new KvSequence(reservation, BlockSize);
        original.Extend(8, _device, _pool.Cache);
        KvSequence fork = original.Fork();
        fork.Extend(1, _device, _pool.Cache);
        Assert.Equal(original.Blocks, fork.Blocks[..2]);
        Assert.Equal(3, fork.Blocks.Length);
    }

    [Fact]
    public async Task Released_sequences_make_their_blocks_available_inside_the_reservation()
    {
        using KvReservation reservation = await _pool.ReserveAsync(3, Cancellation);
        var original = new KvSequence(reservation, BlockSize);
        original.Extend(8, _device, _pool.Cache);
        KvSequence fork = original.Fork();
        original.Release();
        fork.Extend(4, _device, _pool.Cache);
        fork.Release();
        var next = new KvSequence(reservation, BlockSize);
        next.Extend(12, _device, _pool.Cache);
        Assert.Equal(3, next.Blocks.Length);
    }
}
