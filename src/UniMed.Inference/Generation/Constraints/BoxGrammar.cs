using System.Globalization;

namespace UniMed.Inference.Generation.Constraints;

/// <summary>Boxes of the refer task: <c>{&lt;x1&gt;&lt;y1&gt;&lt;x2&gt;&lt;y2&gt;}</c>, whole numbers from 0 to 100 without leading zeros.</summary>
internal static class BoxGrammar
{
    private const int LargestPercent = 100;

    private static readonly Grammar Any = Side(IntegerGrammar.Between(0, LargestPercent));

    /// <summary>Corners in any order.</summary>
    public static ByteAutomaton Unordered() => ByteAutomaton.Of(Box(Any, Any, Any, Any));

    /// <summary>
    /// Only x1 &lt; x2 and y1 &lt; y2. An automaton that remembers both first numbers has a state for each of 10,000 corners; built from a grammar it would have a copy of the second corner for
    /// each of them. So each order is an automaton of its own, of a hundred branches, made as small as it can be, and the box is what both accept.
    /// </summary>
    public static ByteAutomaton Ordered()
    {
        ByteAutomaton x = ByteAutomaton.Of(Box(first => [Side(Number(first)), Any, Side(Above(first)), Any])).Smallest();
        ByteAutomaton y = ByteAutomaton.Of(Box(first => [Any, Side(Number(first)), Any, Side(Above(first))])).Smallest();
        return x.And(y);
    }

    private static Grammar Box(Func<int, Grammar[]> sides) => Grammar.OneOf([.. Enumerable.Range(0, LargestPercent).Select(first => Box(sides(first)))]);

    private static Grammar Box(params Grammar[] sides) => Grammar.Sequence([Grammar.Text("{"), .. sides, Grammar.Text("}")]);

    private static Grammar Side(Grammar number) => Grammar.Sequence(Grammar.Text("<"), number, Grammar.Text(">"));

    private static Grammar Number(int value) => Grammar.Text(value.ToString(CultureInfo.InvariantCulture));

    private static Grammar Above(int value) => IntegerGrammar.Between(value + 1, LargestPercent);
}
