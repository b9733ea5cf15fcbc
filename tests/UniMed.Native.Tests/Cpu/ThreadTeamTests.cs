using UniMed.Native.Cpu;
using Xunit;

namespace UniMed.Native.Tests.Cpu;

/// <summary>Every unit is done once, whatever the team's size, and the team can be used by many callers.</summary>
public sealed unsafe class ThreadTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_unit_is_done_exactly_once(int threads)
    {
        using var team = new ThreadTeam(threads, null);
        foreach (int units in new[] { 0, 1, 2, 3, 7, 64, 1000 })
        {
            var done = new int[units + 1];
            fixed (int* counts = done)
                team.Run(units, &Count, counts);
            Assert.All(done[..units], count => Assert.Equal(1, count));
            Assert.Equal(0, done[units]);
        }
    }

    [Fact]
    public void Thousands_of_small_jobs_in_a_row_lose_nothing()
    {
        using var team = new ThreadTeam(4, null);
        var done = new int[9];
        fixed (int* counts = done)
        {
            for (int i = 0; i < 20_000; i++)
                team.Run(done.Length, &Count, counts);
        }

        Assert.All(done, count => Assert.Equal(20_000, count));
    }

    [Fact]
    public void A_team_that_went_to_sleep_wakes_up()
    {
        using var team = new ThreadTeam(3, null);
        var done = new int[50];
        for (int i = 0; i < 10; i++)
        {
            fixed (int* counts = done)
                team.Run(done.Length, &Count, counts);
            Thread.Sleep(5);
        }

        Assert.All(done, count => Assert.Equal(10, count));
    }

    [Fact]
    public void Callers_at_once_do_not_disturb_each_other()
    {
        using var team = new ThreadTeam(3, null);
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            var done = new int[33];
            fixed (int* counts = done)
            {
                for (int i = 0; i < 500; i++)
                    team.Run(done.Length, &Count, counts);
            }

            Assert.All(done, count => Assert.Equal(500, count));
        });
    }

    [Fact]
    public void A_team_ends_with_its_threads_asleep_or_never_started()
    {
        new ThreadTeam(4, null).Dispose();
        var team = new ThreadTeam(4, null);
        var done = new int[8];
        fixed (int* counts = done)
            team.Run(done.Length, &Count, counts);
        Thread.Sleep(5);
        team.Dispose();
        team.Dispose();
    }

    private static void Count(void* state, int unit) => Interlocked.Increment(ref ((int*)state)[unit]);
}
