namespace UniMed.Inference.Generation.Constraints;

/// <summary>
/// A deterministic automaton over bytes that accepts exactly the strings of a <see cref="Grammar"/>. From every state an accepting one can be reached, so a string that has not left it
/// can always be completed. State 0 is its beginning.
/// </summary>
/// <remarks>Immutable; thread-safe. Bytes that lead to the same states everywhere are one symbol: a box has 15 of them, and 30 bytes a state.</remarks>
internal sealed class ByteAutomaton
{
    /// <summary>The state where no string goes on.</summary>
    public const int Dead = ushort.MaxValue;

    /// <summary>Number of bytes there are.</summary>
    public const int ByteValues = 256;

    private readonly byte[] _symbolOf;
    private readonly int _symbols;
    private readonly ushort[] _next;
    private readonly bool[] _accepts;

    private ByteAutomaton(byte[] symbolOf, int symbols, ushort[] next, bool[] accepts)
    {
        _symbolOf = symbolOf;
        _symbols = symbols;
        _next = next;
        _accepts = accepts;
    }

    /// <summary>Number of states.</summary>
    public int States => _accepts.Length;

    /// <summary>The automaton of a grammar.</summary>
    /// <exception cref="UniMedException">It is too large, or no string satisfies the grammar.</exception>
    public static ByteAutomaton Of(Grammar grammar)
    {
        var nfa = new Nfa();
        int end = grammar.AddTo(nfa, 0);
        return new SubsetConstruction(nfa, end).Build();
    }

    /// <summary>An automaton out of rows, without the states from which no accepting one can be reached.</summary>
    /// <param name="symbolOf">[256]: the column of each byte.</param>
    /// <param name="rows">[states, symbols]: the next state, or <see cref="Dead"/>; row 0 is the beginning.</param>
    /// <param name="accepts">[states].</param>
    /// <exception cref="UniMedException">It accepts nothing.</exception>
    public static ByteAutomaton OfRows(ReadOnlySpan<byte> symbolOf, IReadOnlyList<ushort[]> rows, bool[] accepts)
    {
        int[] distances = Distances.ToAccepting([.. rows.Select(row => row.Where(next => next != Dead).Select(next => (int)next).Distinct().ToArray())], accepts);
        if (distances[0] == Distances.Unreachable)
            throw new UniMedException(UniMedFailure.InvalidInput, "No text satisfies the constraint. Correct its schema.");
        int[] kept = [.. Enumerable.Range(0, rows.Count).Where(state => distances[state] != Distances.Unreachable)];
        var numbers = new ushort[rows.Count];
        Array.Fill(numbers, (ushort)Dead);
        for (int state = 0; state < kept.Length; state++)
            numbers[kept[state]] = (ushort)state;

        int symbols = rows[0].Length;
        var columns = new Dictionary<StateSet, byte>();
        var symbolOfColumn = new byte[symbols];
        for (int symbol = 0; symbol < symbols; symbol++)
        {
            var column = new StateSet([.. kept.Select(state => rows[state][symbol] == Dead ? Dead : numbers[rows[state][symbol]])]);
            if (!columns.TryGetValue(column, out symbolOfColumn[symbol]))
                columns.Add(column, symbolOfColumn[symbol] = (byte)columns.Count);
        }

        var next = new ushort[kept.Length * columns.Count];
        foreach ((StateSet column, byte symbol) in columns)
        {
            for (int state = 0; state < kept.Length; state++)
                next[(state * columns.Count) + symbol] = (ushort)column.Members[state];
        }

        var symbolOfByte = new byte[ByteValues];
        for (int value = 0; value < ByteValues; value++)
            symbolOfByte[value] = symbolOfColumn[symbolOf[value]];
        return new ByteAutomaton(symbolOfByte, columns.Count, next, [.. kept.Select(state => accepts[state])]);
    }

    /// <summary>The automaton of the strings that both accept.</summary>
    /// <exception cref="UniMedException">It is too large, or there are none.</exception>
    public ByteAutomaton And(ByteAutomaton other)
    {
        var symbols = new Dictionary<(byte Own, byte Other), byte>();
        var symbolOf = new byte[ByteValues];
        for (int value = 0; value < ByteValues; value++)
        {
            (byte, byte) both = (_symbolOf[value], other._symbolOf[value]);
            if (!symbols.TryGetValue(both, out symbolOf[value]))
                symbols.Add(both, symbolOf[value] = (byte)symbols.Count);
        }

        var numbers = new Dictionary<(int Own, int Other), ushort> { [(0, 0)] = 0 };
        var pairs = new List<(int Own, int Other)> { (0, 0) };
        var rows = new List<ushort[]>();
        for (int state = 0; state < pairs.Count; state++)
        {
            var row = new ushort[symbols.Count];
            foreach (((byte own, byte others), byte symbol) in symbols)
            {
                (int Own, int Other) to = (_next[(pairs[state].Own * _symbols) + own], other._next[(pairs[state].Other * other._symbols) + others]);
                row[symbol] = to.Own == Dead || to.Other == Dead ? (ushort)Dead : NumberOf(to);
            }

            rows.Add(row);
        }

        return OfRows(symbolOf, rows, [.. pairs.Select(pair => _accepts[pair.Own] && other._accepts[pair.Other])]);

        ushort NumberOf((int Own, int Other) pair)
        {
            if (numbers.TryGetValue(pair, out ushort number))
                return number;
            if (pairs.Count == Dead)
                throw ConstraintLimits.TooLarge();
            numbers.Add(pair, (ushort)pairs.Count);
            pairs.Add(pair);
            return (ushort)(pairs.Count - 1);
        }
    }

    /// <summary>The smallest automaton of the same strings: states are one where no further bytes tell them apart (Moore's algorithm).</summary>
    public ByteAutomaton Smallest()
    {
        int[] classes = [.. _accepts.Select(accepts => accepts ? 1 : 0)];
        for (int before = 0; ;)
        {
            var numbers = new Dictionary<StateSet, int>();
            var refined = new int[States];
            for (int state = 0; state < States; state++)
            {
                var signature = new int[_symbols + 1];
                signature[_symbols] = classes[state];
                for (int symbol = 0; symbol < _symbols; symbol++)
                    signature[symbol] = _next[(state * _symbols) + symbol] is var next && next == Dead ? Dead : classes[next];
                var key = new StateSet(signature);
                if (!numbers.TryGetValue(key, out refined[state]))
                    numbers.Add(key, refined[state] = numbers.Count);
            }

            classes = refined;
            if (numbers.Count == before)
                break;
            before = numbers.Count;
        }

        // Classes are numbered in the order of their first states, so the beginning stays state 0.
        int[] firsts = [.. classes.Select((group, state) => (group, state)).DistinctBy(pair => pair.group).Select(pair => pair.state)];
        var table = new ushort[firsts.Length * _symbols];
        for (int group = 0; group < firsts.Length; group++)
        {
            for (int symbol = 0; symbol < _symbols; symbol++)
                table[(group * _symbols) + symbol] = _next[(firsts[group] * _symbols) + symbol] is var next && next == Dead ? (ushort)Dead : (ushort)classes[next];
        }

        return new ByteAutomaton(_symbolOf, _symbols, table, [.. firsts.Select(state => _accepts[state])]);
    }

    /// <summary>The state after one more byte.</summary>
    public int Next(int state, byte value) => _next[(state * _symbols) + _symbolOf[value]];

    /// <summary>The state after more bytes; <see cref="Dead"/> when they leave the language.</summary>
    public int Next(int state, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            state = Next(state, value);
            if (state == Dead)
                return Dead;
        }

        return state;
    }

    /// <summary>True when a string may end here.</summary>
    public bool Accepts(int state) => _accepts[state];

    /// <summary>True when the string satisfies the grammar.</summary>
    public bool Accepts(ReadOnlySpan<byte> bytes)
    {
        int state = Next(0, bytes);
        return state != Dead && _accepts[state];
    }
}
