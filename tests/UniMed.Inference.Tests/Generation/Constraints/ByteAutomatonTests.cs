using System.Text;
using System.Text.RegularExpressions;
using UniMed.Inference.Generation.Constraints;
using Xunit;

namespace UniMed.Inference.Tests.Generation.Constraints;

/// <summary>An automaton accepts exactly what its grammar says; .NET's regular expressions are the second opinion.</summary>
public class ByteAutomatonTests
{
    [Fact]
    public void Random_grammars_accept_exactly_what_the_same_regular_expressions_match()
    {
        var random = new Random(5);
        int accepted = 0;
        for (int round = 0; round < 300; round++)
        {
            RandomGrammar both = RandomGrammar.Of(random, 3);
            ByteAutomaton automaton = ByteAutomaton.Of(both.Grammar);
            var expression = new Regex($@"\A(?:{both.Pattern})\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
            for (int i = 0; i < 60; i++)
            {
                string text = RandomGrammar.Text(random, random.Next(8));
                bool matches = expression.IsMatch(text);
                accepted += matches ? 1 : 0;
                Assert.True(matches == automaton.Accepts(Encoding.UTF8.GetBytes(text)), $"'{text}' against {both.Pattern}");
            }
        }

        Assert.True(accepted > 300, $"Only {accepted} of the random texts were accepted.");
    }

    [Fact]
    public void Every_state_can_still_reach_an_end()
    {
        var random = new Random(6);
        for (int round = 0; round < 100; round++)
        {
            ByteAutomaton automaton = ByteAutomaton.Of(RandomGrammar.Of(random, 3).Grammar);
            var ends = new HashSet<int>(Enumerable.Range(0, automaton.States).Where(automaton.Accepts));
            bool grew = true;
            while (grew)
            {
                grew = false;
                for (int state = 0; state < automaton.States; state++)
                {
                    if (!ends.Contains(state) && Enumerable.Range(0, 256).Any(value => ends.Contains(automaton.Next(state, (byte)value))))
                        grew |= ends.Add(state);
                }
            }

            Assert.Equal(automaton.States, ends.Count);
        }
    }

    [Fact]
    public void A_grammar_beyond_the_limit_is_refused_with_what_to_do()
    {
        Grammar digit = Grammar.Between((byte)'0', (byte)'9');
        UniMedException error = Assert.Throws<UniMedException>(() => ByteAutomaton.Of(Grammar.Repeat(digit, 0, ConstraintLimits.MaxStates)));
        Assert.Contains("16384 states", error.Message, StringComparison.Ordinal);
        Assert.Throws<UniMedException>(() => ByteAutomaton.Of(Grammar.Repeat(Grammar.Repeat(digit, 1000, 1000), 1000, 1000)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 100)]
    [InlineData(7, 7)]
    [InlineData(19, 3021)]
    [InlineData(-5, 12)]
    [InlineData(-1200, -37)]
    [InlineData(-1, 0)]
    [InlineData(long.MinValue, long.MaxValue)]
    [InlineData(long.MinValue, long.MinValue)]
    [InlineData(999, 1000)]
    public void A_range_of_integers_is_every_number_between_and_nothing_else(long least, long most)
    {
        ByteAutomaton automaton = ByteAutomaton.Of(IntegerGrammar.Between(least, most));
        var random = new Random(7);
        foreach (Int128 near in (Int128[])[least, most, 0, 10, 100, -10, -100])
        {
            for (int offset = -30; offset <= 30; offset++)
                Check(near + offset);
        }

        for (int i = 0; i < 2000; i++)
            Check((Int128)(random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64)));
        foreach (string wrong in (string[])["", "-", "-0", "00", "007", "+1", " 1", "1 ", "1.0", "1e2", "--1"])
            Assert.False(automaton.Accepts(Encoding.UTF8.GetBytes(wrong)), wrong);

        void Check(Int128 number) => Assert.True(
            (number >= least && number <= most) == automaton.Accepts(Encoding.UTF8.GetBytes(number.ToString(System.Globalization.CultureInfo.InvariantCulture))), number.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }
}
