using System.Reflection;
using UniMed.Native.Tests.Devices;
using Xunit;

namespace UniMed.Native.Tests.Ptx;

/// <summary>
/// Which faults in the PTX the launches of the shared suite give away. Takes minutes, so it runs only where explicit tests are asked for (<c>--explicit only</c>). A report of all goes to the file that
/// UNIMED_PTX_MUTANTS names, else to ptx-mutants.txt beside the tests: what is not found computes the same numbers, or shows a hole.
/// </summary>
public sealed class PtxMutationTests(ITestOutputHelper output)
{
    /// <summary>Thousands of launches that differ in nothing but their seed.</summary>
    private static readonly string[] Draws = ["Draws_over_many_seeds_follow_the_warped_distribution"];

    /// <summary>What only the text of the PTX says, and the emulation cannot know: nothing of it may go unseen.</summary>
    private static readonly string[] OfThePtxAlone =
    [
        "mma: registers of A", "mma: columns of A", "mma: registers of B", "mma: registers of D", "mma: the other type", "ldmatrix", "load: registers", "fma of pairs", "bytes:", "copy: not", "copy: one group",
        "barrier dropped", "warp barrier dropped", "wait for earlier kernels dropped",
    ];

    [Fact(Explicit = true)]
    public void Faulty_kernels_are_given_away_by_a_refusal_or_by_other_bits()
    {
        using var fixture = new MutationFixture();
        // Rows of several parts, which the shared suite's vocabularies are too short for; first, while every fault has launches left.
        SameTokens.AssertTokensAreTheReferences(fixture.Device, 8);
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
        Assert.DoesNotContain(fixture.NotFound, mutant => OfThePtxAlone.Any(kind => mutant.StartsWith(kind, StringComparison.Ordinal)));
    }

    private sealed class Suite(MutationFixture fixture) : SamplingDeviceSuite<MutationFixture>(fixture);
}
