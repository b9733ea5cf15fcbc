namespace UniMed.WeightsConverter.Pickle;

/// <summary>The machine's stack with its marks. A pop never reaches below the last mark, as in Python.</summary>
internal sealed class PickleStack(PickleReader reader)
{
    private readonly List<object?> _values = [];
    private readonly List<int> _marks = [];

    private int Fence => _marks.Count == 0 ? 0 : _marks[^1];

    /// <summary>Pushes a value.</summary>
    /// <returns>Always true: the instruction is done.</returns>
    public bool Push(object? value)
    {
        _values.Add(value);
        return true;
    }

    public void Mark() => _marks.Add(_values.Count);

    public object? Peek()
    {
        Require(1);
        return _values[^1];
    }

    public object? Pop()
    {
        object? value = Peek();
        _values.RemoveAt(_values.Count - 1);
        return value;
    }

    /// <summary>Takes the top values, the lowest first.</summary>
    public object?[] Pop(int count)
    {
        Require(count);
        return Take(_values.Count - count);
    }

    /// <summary>Takes everything above the last mark, and the mark.</summary>
    public object?[] PopToMark()
    {
        if (_marks.Count == 0)
            throw reader.Refuse("an instruction needs a mark on the stack, and there is none: an empty stack.");
        int mark = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        return Take(mark);
    }

    public void PopValueOrMark()
    {
        if (_marks.Count > 0 && _marks[^1] == _values.Count)
            _marks.RemoveAt(_marks.Count - 1);
        else
            Pop();
    }

    private object?[] Take(int start)
    {
        object?[] taken = _values.GetRange(start, _values.Count - start).ToArray();
        _values.RemoveRange(start, taken.Length);
        return taken;
    }

    private void Require(int count)
    {
        if (_values.Count - Fence < count)
            throw reader.Refuse($"an instruction takes {count} value{(count == 1 ? "" : "s")} from an empty stack.");
    }
}
