using System.Globalization;

namespace UniMed.WeightsConverter.Pickle;

/// <summary>
/// A pickle machine that can only build data: numbers, strings, bytes, lists, tuples, dictionaries, and what a closed vocabulary constructs. What other names would make is skipped: a
/// <see cref="PickleOpaque"/> stands for it, and its arguments, items and state are read and dropped.
/// Source: Python's pickletools (protocols 0 to 5), read as PyTorch writes them.
/// </summary>
/// <remarks>
/// Values are null, bool, long, <see cref="System.Numerics.BigInteger"/>, double, string, byte[], <see cref="PickleList"/>, <see cref="PickleTuple"/>,
/// <see cref="PickleDict"/>, <see cref="PickleGlobal"/>, <see cref="PickleOpaque"/>, and objects of the vocabulary. Nothing recurses: neither this machine, nor equality, nor the collector depend on how deep a graph is.
/// </remarks>
internal sealed class Unpickler
{
    private readonly PickleReader _reader;
    private readonly IPickleVocabulary _vocabulary;
    private readonly PickleStack _stack;
    private readonly Dictionary<object, object?> _memo = new(PickleKeyComparer.Instance);
    private int _instructions;

    private Unpickler(PickleReader reader, IPickleVocabulary vocabulary)
    {
        _reader = reader;
        _vocabulary = vocabulary;
        _stack = new PickleStack(reader);
    }

    /// <summary>Reads one pickle, to its STOP; the reader then stands behind it.</summary>
    /// <exception cref="ConversionException">The pickle is malformed, beyond a limit, or asks for something outside the vocabulary.</exception>
    public static object? Load(PickleReader reader, IPickleVocabulary vocabulary) => new Unpickler(reader, vocabulary).Run();

    private object? Run()
    {
        while (true)
        {
            byte code = _reader.ReadByte();
            var opcode = (PickleOpcode)code;
            if (++_instructions > PickleLimits.Instructions)
                throw _reader.Refuse($"the pickle has more than {PickleLimits.Instructions} instructions.");
            if (opcode == PickleOpcode.Stop)
                return _stack.Pop();
            if (!RunScalar(opcode) && !RunContainer(opcode) && !RunReference(opcode))
                throw _reader.Refuse($"the instruction {Describe(code)} is not one that PyTorch writes for tensors.");
        }
    }

    private bool RunScalar(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Proto:
                byte protocol = _reader.ReadByte();
                if (protocol > 5)
                    throw _reader.Refuse($"pickle protocol {protocol} is unknown; 0 to 5 are.");
                return true;
            case PickleOpcode.Frame:
                _reader.ReadUInt64();
                return true;
            case PickleOpcode.None:
                return _stack.Push(null);
            case PickleOpcode.NewTrue:
                return _stack.Push(true);
            case PickleOpcode.NewFalse:
                return _stack.Push(false);
            case PickleOpcode.BinInt:
                return _stack.Push((long)_reader.ReadInt32());
            case PickleOpcode.BinInt1:
                return _stack.Push((long)_reader.ReadByte());
            case PickleOpcode.BinInt2:
                return _stack.Push((long)_reader.ReadUInt16());
            case PickleOpcode.Long1:
                return _stack.Push(PickleText.FromTwosComplement(_reader.ReadBytes(_reader.ReadByte(), PickleLimits.IntegerBytes, "an integer")));
            case PickleOpcode.Long4:
                return _stack.Push(PickleText.FromTwosComplement(_reader.ReadBytes(_reader.ReadUInt32(), PickleLimits.IntegerBytes, "an integer")));
            case PickleOpcode.BinFloat:
                return _stack.Push(_reader.ReadDouble());
            case PickleOpcode.Int:
                return _stack.Push(PickleText.TryInteger(_reader.ReadLine(), out object integer) ? integer : throw Malformed("integer"));
            case PickleOpcode.Long:
                return _stack.Push(PickleText.TryLong(_reader.ReadLine(), out object number) ? number : throw Malformed("integer"));
            case PickleOpcode.Float:
                return _stack.Push(PickleText.TryFloat(_reader.ReadLine(), out double real) ? real : throw Malformed("floating-point number"));
            case PickleOpcode.String:
                return _stack.Push(PickleText.TryQuoted(_reader.ReadLine(), out string quoted) ? quoted : throw Malformed("string"));
            case PickleOpcode.Unicode:
                return _stack.Push(PickleText.TryRawUnicode(_reader.ReadLine(), out string raw) ? raw : throw Malformed("string"));
            case PickleOpcode.BinString or PickleOpcode.BinUnicode:
                return _stack.Push(ReadString(_reader.ReadUInt32()));
            case PickleOpcode.ShortBinString or PickleOpcode.ShortBinUnicode:
                return _stack.Push(ReadString(_reader.ReadByte()));
            case PickleOpcode.BinUnicode8:
                return _stack.Push(ReadString(_reader.ReadUInt64()));
            case PickleOpcode.BinBytes:
                return _stack.Push(_reader.ReadBytes(_reader.ReadUInt32(), PickleLimits.StringBytes, "a byte string"));
            case PickleOpcode.ShortBinBytes:
                return _stack.Push(_reader.ReadBytes(_reader.ReadByte(), PickleLimits.StringBytes, "a byte string"));
            case PickleOpcode.BinBytes8 or PickleOpcode.ByteArray8:
                return _stack.Push(_reader.ReadBytes(_reader.ReadUInt64(), PickleLimits.StringBytes, "a byte string"));
            default:
                return false;
        }
    }

    private bool RunContainer(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Mark:
                _stack.Mark();
                return true;
            case PickleOpcode.Pop:
                _stack.PopValueOrMark();
                return true;
            case PickleOpcode.PopMark:
                _stack.PopToMark();
                return true;
            case PickleOpcode.Dup:
                return _stack.Push(_stack.Peek());
            case PickleOpcode.EmptyList:
                return _stack.Push(new PickleList());
            case PickleOpcode.List:
                var list = new PickleList();
                Append(list, _stack.PopToMark());
                return _stack.Push(list);
            case PickleOpcode.Append:
                object? element = _stack.Pop();
                Append(_stack.Peek(), [element]);
                return true;
            case PickleOpcode.Appends:
                object?[] elements = _stack.PopToMark();
                Append(_stack.Peek(), elements);
                return true;
            case PickleOpcode.EmptyTuple:
                return _stack.Push(MakeTuple([]));
            case PickleOpcode.Tuple:
                return _stack.Push(MakeTuple(_stack.PopToMark()));
            case PickleOpcode.Tuple1 or PickleOpcode.Tuple2 or PickleOpcode.Tuple3:
                return _stack.Push(MakeTuple(_stack.Pop(opcode - PickleOpcode.Tuple1 + 1)));
            case PickleOpcode.EmptyDict:
                return _stack.Push(new PickleDict());
            case PickleOpcode.Dict:
                var dict = new PickleDict();
                Set(dict, _stack.PopToMark());
                return _stack.Push(dict);
            case PickleOpcode.SetItem:
                object?[] pair = _stack.Pop(2);
                Set(_stack.Peek(), pair);
                return true;
            case PickleOpcode.SetItems:
                object?[] entries = _stack.PopToMark();
                Set(_stack.Peek(), entries);
                return true;
            case PickleOpcode.EmptySet:
                return _stack.Push(new PickleOpaque("builtins.set"));
            case PickleOpcode.FrozenSet:
                _stack.PopToMark();
                return _stack.Push(new PickleOpaque("builtins.frozenset"));
            case PickleOpcode.AddItems:
                _stack.PopToMark();
                return _stack.Peek() is PickleOpaque ? true : throw _reader.Refuse("items are added to something that is not a set.");
            default:
                return false;
        }
    }

    private bool RunReference(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Get:
                return _stack.Push(Recall(ReadIndex()));
            case PickleOpcode.BinGet:
                return _stack.Push(Recall(_reader.ReadByte()));
            case PickleOpcode.LongBinGet:
                return _stack.Push(Recall(_reader.ReadUInt32()));
            case PickleOpcode.Put:
                return Memoize(ReadIndex());
            case PickleOpcode.BinPut:
                return Memoize(_reader.ReadByte());
            case PickleOpcode.LongBinPut:
                return Memoize(_reader.ReadUInt32());
            case PickleOpcode.Memoize:
                return Memoize(_memo.Count);
            case PickleOpcode.Global:
                byte[] module = _reader.ReadLine();
                byte[] name = _reader.ReadLine();
                return _stack.Push(FindGlobal(Decode(module), Decode(name)));
            case PickleOpcode.StackGlobal:
                object?[] names = _stack.Pop(2);
                if (names is not [string moduleName, string globalName])
                    throw _reader.Refuse("a global is named by something that is not a string.");
                return _stack.Push(FindGlobal(moduleName, globalName));
            case PickleOpcode.Inst:
                object instanceClass = FindGlobal(Decode(_reader.ReadLine()), Decode(_reader.ReadLine()));
                return _stack.Push(Apply(instanceClass, MakeTuple(_stack.PopToMark())));
            case PickleOpcode.Obj:
                object?[] instance = _stack.PopToMark();
                return instance.Length > 0
                    ? _stack.Push(Apply(instance[0], MakeTuple(instance[1..])))
                    : throw _reader.Refuse("an instance of nothing is asked for.");
            case PickleOpcode.Reduce or PickleOpcode.NewObj:
                object?[] call = _stack.Pop(2);
                return _stack.Push(Apply(call[0], call[1]));
            case PickleOpcode.NewObjEx:
                object?[] named = _stack.Pop(3);
                return _stack.Push(Apply(named[0], named[1]));
            case PickleOpcode.Build:
                // The state of an OrderedDict is the attribute _metadata of a state dict (module versions): nothing of it is needed.
                _stack.Pop();
                return _stack.Peek() is PickleDict or PickleOpaque ? true : throw _reader.Refuse("an object state is given to something other than a dictionary.");
            case PickleOpcode.BinPersId:
                return _stack.Push(_vocabulary.LoadPersistent(_stack.Pop(), out object? stored) is { } reason ? throw _reader.Refuse(reason) : stored);
            default:
                return false;
        }
    }

    private object FindGlobal(string module, string name) => _vocabulary.FindGlobal(Printable(module), Printable(name))
        ?? throw _reader.Refuse($"it asks for {Printable($"{module}.{name}")}, which is not on the closed list of what a weight file may name.");

    /// <summary>What a call makes: a value of the closed list, or one that is skipped.</summary>
    private object? Apply(object? callee, object? arguments)
    {
        if (callee is null || arguments is not PickleTuple tuple)
            throw _reader.Refuse("something is called with arguments that are not a tuple.");
        return callee switch
        {
            PickleGlobal global => new PickleOpaque(global.Name),
            PickleOpaque => callee,
            _ => _vocabulary.Reduce(callee, tuple, out object? made) is { } wrong ? throw _reader.Refuse(wrong) : made,
        };
    }

    private string ReadString(ulong count) => Decode(_reader.ReadBytes(count, PickleLimits.StringBytes, "a string"));

    private string Decode(byte[] bytes) => PickleText.TryUtf8(bytes, out string text) ? text : throw Malformed("UTF-8 string");

    private long ReadIndex() => PickleText.TryLong(_reader.ReadLine(), out object index) && index is long number ? number : throw Malformed("memo index");

    private object? Recall(long index) => _memo.TryGetValue(index, out object? value) ? value : throw _reader.Refuse($"memo entry {index} is used before it is set.");

    private bool Memoize(long index)
    {
        _memo[index] = _stack.Peek();
        return true;
    }

    private PickleTuple MakeTuple(object?[] items)
    {
        var tuple = new PickleTuple(items);
        foreach (object? item in items)
            Hold(tuple, item);
        return tuple;
    }

    private void Append(object? target, object?[] elements)
    {
        if (target is PickleOpaque)
            return;
        if (target is not PickleList list)
            throw _reader.Refuse("elements are appended to something that is not a list.");
        foreach (object? element in elements)
        {
            Hold(list, element);
            list.Add(element);
        }
    }

    private void Set(object? target, object?[] entries)
    {
        if (target is PickleOpaque)
            return;
        if (target is not PickleDict dict)
            throw _reader.Refuse("entries are set in something that is not a dictionary.");
        if (entries.Length % 2 != 0)
            throw _reader.Refuse("a dictionary has a key without a value.");
        for (int i = 0; i < entries.Length; i += 2)
        {
            // None has no hash here; as a key nothing looks for it.
            object key = entries[i] ?? new PickleOpaque("None");
            if (!PickleKeyComparer.IsKey(key))
                throw _reader.Refuse("a list or a dictionary is used as a dictionary key.");
            Hold(dict, key);
            Hold(dict, entries[i + 1]);
            dict.Set(key, entries[i + 1]);
        }
    }

    private void Hold(PickleContainer container, object? value)
    {
        if (container.Hold(value) > PickleLimits.Nesting)
            throw _reader.Refuse($"containers are nested deeper than {PickleLimits.Nesting} levels.");
    }

    private ConversionException Malformed(string what) => _reader.Refuse($"a malformed {what} stands in the pickle.");

    private static string Describe(byte code) => Enum.IsDefined((PickleOpcode)code)
        ? ((PickleOpcode)code).ToString().ToUpperInvariant()
        : string.Create(CultureInfo.InvariantCulture, $"0x{code:x2}");

    /// <summary>Names come from the file: shortened, and without control characters, so that a message stays one line.</summary>
    private static string Printable(string name)
    {
        string clean = string.Concat(name.Select(c => char.IsControl(c) ? '?' : c));
        return clean.Length <= 200 ? clean : clean[..200] + "...";
    }
}
