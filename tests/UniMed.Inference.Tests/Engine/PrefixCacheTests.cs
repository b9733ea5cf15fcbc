using UniMed.Inference.Scheduling;
using Xunit;

namespace UniMed.Inference.Tests.Engine;

/// <summary>Blocks of the engine's cache: free, used, idle with a known prefix.</summary>
public class PrefixCacheTests
{
    private static readonly PrefixKey A = new(1);
    private static readonly PrefixKey B = new(2);
    private static readonly PrefixKey C = new(3);

    [Fact]
    public void A_released_block_whose_prefix_is_known_is_found_again()
    {
        var cache = new PrefixCache([5, 6, 7]);
        int[] mine = Take(cache, 2);
        cache.Publish(mine[0], A);
        cache.Publish(mine[1], B);
        Assert.Equal(2, cache.CountKnown([A, B, C], out int idle));
        Assert.Equal(0, idle);
        Release(cache, mine);
        Assert.Equal(3, cache.Available);
        Assert.Equal(2, cache.CountKnown([A, B, C], out idle));
        Assert.Equal(2, idle);
        Assert.Equal(mine, cache.Reuse([A, B]));
        Assert.Equal(1, cache.Available);
        Assert.False(cache.TryPromise(2));
    }

    [Fact]
    public void Known_prefixes_go_when_room_is_needed_the_one_not_used_for_the_longest_time_first()
    {
        var cache = new PrefixCache([1, 2, 3]);
        int[] first = Take(cache, 3);
        cache.Publish(first[0], A);
        cache.Publish(first[1], B);
        cache.Publish(first[2], C);
        Release(cache, first);
        Release(cache, cache.Reuse([A]));
        Take(cache, 1);
        Assert.Equal(0, cache.CountKnown([B], out _));
        Assert.Equal(1, cache.CountKnown([C], out _));
        Assert.Equal(1, cache.CountKnown([A], out _));
    }

    [Fact]
    public void A_prefix_that_is_known_already_is_not_known_twice()
    {
        var cache = new PrefixCache([1, 2]);
        int[] both = Take(cache, 2);
        cache.Publish(both[0], A);
        cache.Publish(both[1], A);
        Assert.Equal(1, cache.Known);
        Release(cache, both);
        Assert.Equal([both[0]], cache.Reuse([A]));
    }

    [Fact]
    public void What_is_forgotten_is_free()
    {
        var cache = new PrefixCache([1, 2]);
        int[] both = Take(cache, 2);
        cache.Publish(both[0], A);
        cache.Publish(both[1], B);
        cache.Release(both[0]);
        cache.Forget();
        Assert.Equal(0, cache.CountKnown([A], out _));
        cache.Release(both[1]);
        Assert.Equal((2, 0), (cache.Available, cache.Known));
        Take(cache, 2);
    }

    [Fact]
    public void Nothing_is_lost_or_handed_out_twice_whatever_is_done()
    {
        const int Blocks = 6;
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var cache = new PrefixCache([.. Enumerable.Range(10, Blocks)]);
            var held = new List<int>();
            for (int act = 0; act < 100; act++)
            {
                var key = new PrefixKey((UInt128)random.Next(5));
                switch (random.Next(4))
                {
                    case 0 when cache.TryPromise(1):
                        held.Add(cache.TakePromised());
                        break;
                    case 1 when held.Count > 0:
                        cache.Publish(held[random.Next(held.Count)], key);
                        break;
                    case 2 when held.Count > 0:
                        Drop(random.Next(held.Count));
                        break;
                    case 3 when cache.CountKnown([key], out _) == 1:
                        held.AddRange(cache.Reuse([key]));
                        break;
                }

                Assert.Equal(Blocks - held.Distinct().Count(), cache.Available);
            }

            while (held.Count > 0)
                Drop(0);
            Assert.Equal(Blocks, Take(cache, Blocks).Distinct().Count());

            void Drop(int index)
            {
                cache.Release(held[index]);
                held.RemoveAt(index);
            }
        }
    }

    [Fact]
    public void Keys_tell_tokens_images_tasks_and_what_came_before_apart()
    {
        int[] ids = [1, 2, ~0, ~1, 3, 4, 5, 6, 7];
        PrefixKey[] keys = Keys(ids, ["aa"], UniMedTask.Vqa);
        Assert.Equal(2, keys.Length);
        Assert.Equal(keys, Keys([.. ids[..8], 99], ["aa"], UniMedTask.Vqa));
        Assert.Equal(keys[..1], Keys([1, 2, ~0, ~1, 3, 4, 5, 9], ["aa"], UniMedTask.Vqa)[..1]);
        Assert.Empty(keys.Intersect(Keys([0, .. ids[1..]], ["aa"], UniMedTask.Vqa)));
        Assert.Empty(keys.Intersect(Keys(ids, ["ab"], UniMedTask.Vqa)));
        Assert.Empty(keys.Intersect(Keys(ids, ["aa"], UniMedTask.Cls)));
        // A text before any image is the same for all images.
        Assert.Equal(Keys([1, 2, 3, 4, ~0, ~1, 5, 6], ["aa"], UniMedTask.Vqa)[0], Keys([1, 2, 3, 4, ~0, ~1, 5, 6], ["ab"], UniMedTask.Cls)[0]);
        Assert.NotEqual(Keys([1, 2, 3, 4, ~0, ~1, 5, 6], ["aa"], UniMedTask.Vqa)[1], Keys([1, 2, 3, 4, ~0, ~1, 5, 6], ["ab"], UniMedTask.Vqa)[1]);
        // The second image counts where it stands.
        Assert.NotEqual(Keys([~0, ~1, ~2, ~3], ["aa", "bb"], UniMedTask.Vqa), Keys([~0, ~1, ~2, ~3], ["aa", "cc"], UniMedTask.Vqa));
    }

    private static PrefixKey[] Keys(int[] ids, string[] images, UniMedTask task) => PrefixKey.Of(ids, images, tokensPerImage: 2, task, blockSize: 4);

    private static int[] Take(PrefixCache cache, int count)
    {
        Assert.True(cache.TryPromise(count));
        return [.. Enumerable.Range(0, count).Select(_ => cache.TakePromised())];
    }

    private static void Release(PrefixCache cache, int[] blocks)
    {
        foreach (int block in blocks)
            cache.Release(block);
    }
}
