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

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void Blocks_on_loan_come_back_once()
    {
        KvReservation reservation = _pool.TryLend(7)!;
        Assert.Equal(3, _pool.Free);
        reservation.Dispose();
        reservation.Dispose();
        Assert.Equal(10, _pool.Free);
    }

    [Fact]
    public void More_than_is_free_is_not_lent()
    {
        using KvReservation most = _pool.TryLend(8)!;
        Assert.Null(_pool.TryLend(3));
        Assert.Equal(2, _pool.Free);
        Assert.Null(_pool.TryLend(11));
    }

    [Fact]
    public void A_share_that_grows_takes_what_others_leave_and_gives_all_back()
    {
        KvShare fixedShare = KvShare.TryTake(_pool, 5)!;
        Assert.Null(KvShare.TryTake(_pool, 6));
        KvShare growing = KvShare.Growing(_pool, 8);
        Assert.Equal((5, 5, 10), (growing.Blocks.Count, growing.Limit, growing.Max));
        Assert.Null(growing.TryGrow(1));
        fixedShare.Dispose();
        Assert.Equal((3, 8), (growing.TryGrow(3)!.Length, growing.Blocks.Count));
        Assert.Equal(10, growing.Limit);
        growing.Dispose();
        Assert.Equal(10, _pool.Free);
        Assert.Null(KvShare.TryTake(_pool, 5)!.TryGrow(1));
    }

    [Fact]
    public void A_fork_shares_full_blocks_and_copies_a_partly_filled_last_block_before_it_is_written()
    {
        using KvReservation reservation = _pool.TryLend(10)!;
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
    public void A_fork_at_a_block_border_copies_nothing()
    {
        using KvReservation reservation = _pool.TryLend(10)!;
        var original = new KvSequence(reservation, BlockSize);
        original.Extend(8, _device, _pool.Cache);
        KvSequence fork = original.Fork();
        fork.Extend(1, _device, _pool.Cache);
        Assert.Equal(original.Blocks, fork.Blocks[..2]);
        Assert.Equal(3, fork.Blocks.Length);
    }

    [Fact]
    public void Released_sequences_make_their_blocks_available_inside_the_reservation()
    {
        using KvReservation reservation = _pool.TryLend(3)!;
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
