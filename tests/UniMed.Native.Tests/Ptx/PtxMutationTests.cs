using System.Reflection;
using UniMed.Native.Tests.Devices;
using Xunit;

namespace UniMed.Native.Tests.Ptx;

/// <summary>
/// Which faults in the PTX the launches of the shared suite give away. Takes minutes, so it runs only where explicit tests are asked for (<c>--explicit only</c>).
/// </summary>
public sealed class PtxMutationTests(ITestOutputHelper output)
{
    private static readonly string[] Draws = ["Draws_over_many_seeds_follow_the_warped_distribution"];

    [Fact(Explicit = true)]
    public void Faulty_kernels_are_given_away_by_a_refusal_or_by_other_bits()
    {
        using var fixture = new MutationFixture();
        _ = fixture.Device;
        foreach (MethodInfo test in typeof(Suite).GetMethods().Where(method => method.GetCustomAttribute<FactAttribute>() is not null && !Draws.Contains(method.Name)))
        {
            InlineDataAttribute[] rows = [.. test.GetCustomAttributes<InlineDataAttribute>()];
            foreach (object?[] arguments in test.GetParameters().Length == 0 ? [[]] : rows.Select(row => row.Data))
            {
                using var suite = new Suite(fixture);
                test.Invoke(suite, arguments);
            }
        }

        string[] report = [.. fixture.Report()];
        File.WriteAllLines(Environment.GetEnvironmentVariable("UNIMED_PTX_MUTANTS") ?? Path.Combine(AppContext.BaseDirectory, "ptx-mutants.txt"), report);
        output.WriteLine(report[0]);
        Assert.Empty(fixture.NotFound);
    }

    private sealed class Suite(MutationFixture fixture) : SamplingDeviceSuite<MutationFixture>(fixture);
}
