using UniMed.Inference.Model;
using Xunit;

namespace UniMed.Inference.Tests.Engine;

public class LifetimeTests
{
    [Fact]
    public void Nobody_inside_means_release_at_once_and_only_once()
    {
        int released = 0;
        var lifetime = new Lifetime(typeof(LifetimeTests), () => released++);
        lifetime.Dispose();
        lifetime.Dispose();
        Assert.Equal(1, released);
    }

    [Fact]
    public void Release_waits_for_the_last_visitor()
    {
        int released = 0;
        var lifetime = new Lifetime(typeof(LifetimeTests), () => released++);
        LifetimeVisit first = lifetime.Enter();
        LifetimeVisit second = lifetime.Enter();
        lifetime.Dispose();
        first.Dispose();
        first.Dispose();
        Assert.Equal(0, released);
        second.Dispose();
        Assert.Equal(1, released);
    }

    [Fact]
    public void A_visitor_may_leave_without_releasing_unless_it_is_the_last()
    {
        int released = 0;
        var lifetime = new Lifetime(typeof(LifetimeTests), () => released++);
        LifetimeVisit first = lifetime.Enter();
        LifetimeVisit second = lifetime.Enter();
        LifetimeVisit third = lifetime.Enter();
        Assert.True(first.TryLeave());
        Assert.True(first.TryLeave());
        lifetime.Dispose();
        Assert.True(second.TryLeave());
        Assert.False(third.TryLeave());
        Assert.Equal(0, released);
        third.Dispose();
        Assert.Equal(1, released);
        Assert.True(third.TryLeave());
        Assert.Equal(1, released);
    }

    [Fact]
    public void Entering_after_disposal_is_refused()
    {
        var lifetime = new Lifetime(typeof(LifetimeTests), () => { });
        lifetime.Dispose();
        Assert.Throws<ObjectDisposedException>(() => lifetime.Enter());
    }
}
