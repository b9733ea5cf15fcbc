using Xunit;

namespace UniMed.GpuBench.Tests;

/// <summary>Sections share the time of a run in proportion, and use what the ones before them left.</summary>
public class TimeBudgetTests
{
    [Fact]
    public void A_section_may_use_what_was_left_and_no_more()
    {
        TimeSpan elapsed = TimeSpan.Zero;
        var budget = new TimeBudget(TimeSpan.FromMinutes(1), [BenchSection.Check, BenchSection.Model], () => elapsed);

        budget.Begin(BenchSection.Check);
        elapsed = TimeSpan.FromSeconds(24.9);
        Assert.False(budget.LeavesOut("check: a"));
        elapsed = TimeSpan.FromSeconds(25.1);
        Assert.True(budget.LeavesOut("check: b"));
        budget.Begin(BenchSection.Model);
        elapsed = TimeSpan.FromSeconds(59.9);
        Assert.False(budget.LeavesOut("model: c"));
        elapsed = TimeSpan.FromSeconds(60.1);
        Assert.True(budget.LeavesOut("model: d"));

        Assert.Equal(["check: b", "model: d"], budget.LeftOut);
    }

    [Fact]
    public void Without_a_limit_nothing_is_left_out()
    {
        var budget = new TimeBudget(Timeout.InfiniteTimeSpan, [BenchSection.Check], () => TimeSpan.FromDays(1));

        budget.Begin(BenchSection.Check);

        Assert.False(budget.LeavesOut("check: a"));
    }
}
