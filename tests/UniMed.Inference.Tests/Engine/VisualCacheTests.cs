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
        cache.Clear();
        Assert.Equal((true, false), (values[1].Gone, values[2].Gone));
        third.Dispose();
        third.Dispose();
        Assert.False(values[2].Gone);
        cache.Clear();
        Assert.True(values[2].Gone);
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
