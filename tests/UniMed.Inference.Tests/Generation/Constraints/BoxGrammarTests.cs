using UniMed.Inference.Generation.Constraints;
using UniMed.Inference.Tests.Engine;
using Xunit;

namespace UniMed.Inference.Tests.Generation.Constraints;

/// <summary>Boxes: by default with an area, on request with corners in any order.</summary>
public class BoxGrammarTests(NanoStudy nano) : IClassFixture<NanoStudy>
{
    private static readonly byte[][] Sides = [.. Enumerable.Range(0, 101).Select(value => System.Text.Encoding.UTF8.GetBytes($"<{value}>"))];

    [Fact]
    public void Ordered_boxes_are_accepted_and_nothing_else()
    {
        ByteAutomaton automaton = BoxGrammar.Ordered();
        // The second lower side depends on the state in front of it alone, so each state is asked once.
        var lowest = new Dictionary<int, int>();
        for (int x1 = 0; x1 <= 100; x1++)
        {
            for (int y1 = 0; y1 <= 100; y1++)
            {
                int corner = After(automaton, After(automaton, automaton.Next(0, (byte)'{'), x1), y1);
                Assert.Equal(x1 < 100 && y1 < 100, corner != ByteAutomaton.Dead);
                for (int x2 = 0; corner != ByteAutomaton.Dead && x2 <= 100; x2++)
                {
                    int state = After(automaton, corner, x2);
                    Assert.Equal(x1 < x2, state != ByteAutomaton.Dead);
                    if (state != ByteAutomaton.Dead && !lowest.TryAdd(state, y1))
                        Assert.Equal(y1, lowest[state]);
                }
            }
        }

        foreach ((int state, int y1) in lowest)
        {
            for (int y2 = 0; y2 <= 100; y2++)
                Assert.Equal(y1 < y2, After(automaton, state, y2) is var end && end != ByteAutomaton.Dead && automaton.Next(end, (byte)'}') is var closed && closed != ByteAutomaton.Dead && automaton.Accepts(closed));
        }

        Assert.Equal(5050L * 5050, Count(automaton));
    }

    [Fact]
    public void Unordered_boxes_are_all_boxes()
    {
        ByteAutomaton automaton = BoxGrammar.Unordered();
        Assert.Equal(101L * 101 * 101 * 101, Count(automaton));
        Assert.True(AnswerConstraint.UnorderedBox.Accepts("{<100><7><3><7>}"));
        Assert.False(AnswerConstraint.Box.Accepts("{<100><7><3><7>}"));
    }

    [Fact]
    public void The_automaton_has_little_more_than_the_states_that_tell_10000_corners_apart()
    {
        Assert.InRange(BoxGrammar.Ordered().States, 30_000, 40_000);
        Assert.InRange(BoxGrammar.Unordered().States, 10, 100);
    }

    [Fact]
    public async Task Every_box_that_is_drawn_has_an_area_unless_any_order_is_asked_for()
    {
        IReadOnlyList<LocateAnswer> ordered = await DrawAsync(AnswerConstraint.Box);
        Assert.All(ordered, answer => Assert.True(answer.Percent is { } box && box.X1 < box.X2 && box.Y1 < box.Y2, answer.Text));
        Assert.All(ordered, answer => Assert.Equal(FinishReason.Stop, answer.FinishReason));
        IReadOnlyList<LocateAnswer> free = await DrawAsync(AnswerConstraint.UnorderedBox);
        Assert.Contains(free, answer => answer.Percent is { } box && (box.X1 >= box.X2 || box.Y1 >= box.Y2));
    }

    private async Task<IReadOnlyList<LocateAnswer>> DrawAsync(AnswerConstraint constraint)
    {
        var answers = new List<LocateAnswer>();
        for (ulong seed = 0; seed < 30; seed++)
        {
            var generation = new GenerationOptions { Constraint = constraint, DoSample = true, Temperature = 100, TopK = 0, TopP = 1, Seed = seed };
            answers.Add(await nano.Study.LocateAsync("left insula", new RequestOptions { Generation = generation }, TestContext.Current.CancellationToken));
        }

        return answers;
    }

    private static int After(ByteAutomaton automaton, int state, int side) => state == ByteAutomaton.Dead ? state : automaton.Next(state, Sides[side]);

    /// <summary>Number of accepted strings; the automaton has no loop.</summary>
    private static long Count(ByteAutomaton automaton)
    {
        var counts = new Dictionary<int, long>();
        return From(0);

        long From(int state)
        {
            if (counts.TryGetValue(state, out long known))
                return known;
            long count = automaton.Accepts(state) ? 1 : 0;
            for (int value = 0; value < 256; value++)
            {
                if (automaton.Next(state, (byte)value) is var next && next != ByteAutomaton.Dead)
                    count += From(next);
            }

            return counts[state] = count;
        }
    }
}
