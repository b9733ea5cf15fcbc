using UniMed.Inference.Scheduling;
using Xunit;

namespace UniMed.Inference.Tests.Engine;

/// <summary>What the engine keeps of images, within its budget.</summary>
public class VisualCacheTests
{
    private static readonly VisualKey First = new("aa", null);
    private static readonly VisualKey Second = new("aa", UniMedTask.Vqa);
    private static readonly VisualKey Third = new("bb", null);

    [Fact]
    public void What_is_used_stays_and_what_is_not_goes_oldest_first()
    {
        using var cache = new VisualCache(25);
        var values = new Kept[3];
        VisualCache.Lease first = cache.Add(First, values[0] = new Kept(), 10);
        cache.Add(Second, values[1] = new Kept(), 10).Dispose();
        first.Dispose();
        cache.TryRent(Second)!.Dispose();
        VisualCache.Lease third = cache.Add(Third, values[2] = new Kept(), 10);
        Assert.Equal((true, false, false), (values[0].Gone, values[1].Gone, values[2].Gone));
        Assert.Equal((20, 2), (cache.Bytes, cache.Count));
        Assert.Null(cache.TryRent(First));
        third.Dispose();
        third.Dispose();
        Assert.Equal((false, false), (values[1].Gone, values[2].Gone));
    }

    [Fact]
    public void What_is_forgotten_is_given_out_no_more_and_goes_with_its_last_user()
    {
        using var cache = new VisualCache(25);
        Kept idle = new(), used = new(), anew = new();
        cache.Add(First, idle, 10).Dispose();
        VisualCache.Lease lease = cache.Add(Second, used, 10);
        cache.Forget();
        Assert.Equal((true, false), (idle.Gone, used.Gone));
        Assert.True(lease.IsForgotten);
        Assert.Null(cache.TryRent(Second));
        using VisualCache.Lease other = cache.Add(Second, anew, 10);
        Assert.Equal((20, 1), (cache.Bytes, cache.Count));
        lease.Dispose();
        lease.Dispose();
        Assert.Equal((true, false), (used.Gone, anew.Gone));
        Assert.Equal((10, 10), (cache.Bytes, cache.BytesInUse));
    }

    [Fact]
    public void The_end_of_the_cache_is_the_end_of_everything_in_it()
    {
        var cache = new VisualCache(25);
        Kept forgotten = new(), used = new();
        VisualCache.Lease one = cache.Add(First, forgotten, 10);
        cache.Forget();
        VisualCache.Lease other = cache.Add(First, used, 10);
        cache.Dispose();
        Assert.Equal((true, true), (forgotten.Gone, used.Gone));
        one.Dispose();
        other.Dispose();
        Assert.Equal((0, 0), (cache.Bytes, cache.Count));
    }

    [Fact]
    public void Without_a_budget_things_live_as_long_as_they_are_used()
    {
        using var cache = new VisualCache(0);
        var value = new Kept();
        VisualCache.Lease one = cache.Add(First, value, 10);
        VisualCache.Lease other = cache.TryRent(First)!;
        Assert.Same(value, other.As<Kept>());
        one.Dispose();
        Assert.False(value.Gone);
        other.Dispose();
        Assert.True(value.Gone);
    }

    [Fact]
    public void What_is_used_cannot_make_room_and_what_is_not_can()
    {
        using var cache = new VisualCache(25);
        VisualCache.Lease first = cache.Add(First, new Kept(), 10);
        cache.Add(Second, new Kept(), 10).Dispose();
        Assert.Equal(10, cache.BytesInUse);
        Assert.True(cache.CanKeep(15));
        Assert.False(cache.CanKeep(16));
        using VisualCache.Lease second = cache.TryRent(Second)!;
        Assert.Equal(20, cache.BytesInUse);
        Assert.False(cache.CanKeep(6));
        first.Dispose();
        Assert.True(cache.CanKeep(15));
    }

    private sealed class Kept : IDisposable
    {
        public bool Gone { get; private set; }

        public void Dispose() => Gone = true;
    }
}
