using System.Buffers.Binary;
using System.Text.Json;
using UniMed.Native;

namespace UniMed.Inference.Weights;

/// <summary>Reads and checks a safetensors header. Any bytes end in a <see cref="SafetensorsHeader"/> or a <see cref="SafetensorsException"/>.</summary>
/// <remarks>Source: the format description of the safetensors project; where it is silent this reader takes the strict reading.</remarks>
internal ref struct SafetensorsHeaderParser
{
    // Header object, tensor object, array: nothing deeper exists in the format.
    private const int MaxDepth = 3;

    private readonly string _file;
    private readonly long _dataStart;
    private readonly long _dataLength;
    private readonly Dictionary<string, TensorInfo> _tensors = [];
    private readonly Dictionary<string, string> _unsupported = [];
    private readonly List<SafetensorsEntry> _entries = [];
    private Utf8JsonReader _json;
    private Dictionary<string, string>? _metadata;

    private SafetensorsHeaderParser(string file, ReadOnlySpan<byte> json, long fileLength)
    {
        _file = file;
        _dataStart = SafetensorsHeader.LengthBytes + json.Length;
        _dataLength = fileLength - _dataStart;
        _json = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
    }

    /// <summary>Reads the header.</summary>
    /// <param name="file">Path, for messages.</param>
    /// <param name="start">The first bytes of the file: all, or at least the header of the longest allowed length.</param>
    /// <param name="fileLength">Length of the whole file in bytes.</param>
    /// <exception cref="SafetensorsException">The header breaks a rule of the format, or does not fit the file.</exception>
    public static SafetensorsHeader Parse(string file, ReadOnlySpan<byte> start, long fileLength)
    {
        var parser = new SafetensorsHeaderParser(file, Json(file, start, fileLength), fileLength);
        try
        {
            return parser.Read();
        }
        catch (JsonException e)
        {
            throw new SafetensorsException(file, null, $"The header is not the JSON a safetensors file has: {e.Message} The file is damaged or of another format.", e);
        }
        catch (InvalidOperationException e)
        {
            // Utf8JsonReader reports ill-formed UTF-8 and unpaired surrogates this way.
            throw new SafetensorsException(file, null, "The header holds text that is not valid UTF-8. The file is damaged or of another format.", e);
        }
    }

    private static ReadOnlySpan<byte> Json(string file, ReadOnlySpan<byte> start, long fileLength)
    {
        if (fileLength == 0)
            throw new SafetensorsException(file, null, "The file is empty (0 bytes). Download or convert it again.");
        if (fileLength < SafetensorsHeader.LengthBytes)
            throw Foreign(file, start, $"Expected at least {SafetensorsHeader.LengthBytes} bytes (the header's length), found {fileLength}.");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > SafetensorsHeader.MaxJsonBytes)
            throw Foreign(file, start, $"The header claims {length} bytes; at most {SafetensorsHeader.MaxJsonBytes} are allowed.");
        if ((long)length > fileLength - SafetensorsHeader.LengthBytes)
            throw Foreign(file, start, $"The header claims {length} bytes, but only {fileLength - SafetensorsHeader.LengthBytes} follow its length. The file is cut short or of another format.");
        ReadOnlySpan<byte> json = start.Slice(SafetensorsHeader.LengthBytes, (int)length);
        if (json.IsEmpty || json[0] != (byte)'{')
            throw Foreign(file, start, "The header is not a JSON object: expected '{' as its first byte. The file is damaged or of another format.");
        return json;
    }

    private static SafetensorsException Foreign(string file, ReadOnlySpan<byte> start, string problem) =>
        new(file, null, ForeignFile.Recognize(start) is { } known ? $"This is not a safetensors file. {known}" : problem);

    private SafetensorsHeader Read()
    {
        _json.Read();
        while (NextName(out string name))
        {
            if (name == SafetensorsHeader.MetadataKey)
                ReadMetadata();
            else
                ReadTensor(name);
        }

        // Anything but white space after the object makes this call throw.
        _json.Read();
        SafetensorsLayout.CheckCoverage(_file, _entries, _dataLength);
        return new SafetensorsHeader(_dataStart, _tensors.AsReadOnly(), _unsupported.AsReadOnly(), (_metadata ?? []).AsReadOnly());
    }

    private bool NextName(out string name)
    {
        _json.Read();
        name = _json.TokenType == JsonTokenType.PropertyName ? _json.GetString()! : "";
        return _json.TokenType == JsonTokenType.PropertyName;
    }

    private void ReadMetadata()
    {
        if (_metadata is not null)
            throw Fail(null, $"The header has {SafetensorsHeader.MetadataKey} twice.");
        _json.Read();
        _metadata = [];
        // The official reader takes null for none.
        if (_json.TokenType == JsonTokenType.Null)
            return;
        if (_json.TokenType != JsonTokenType.StartObject)
            throw Fail(null, $"{SafetensorsHeader.MetadataKey} must be an object of strings, found {Found()}.");
        while (NextName(out string key))
        {
            _json.Read();
            if (_json.TokenType != JsonTokenType.String)
                throw Fail(null, $"{SafetensorsHeader.MetadataKey} entry {SafetensorsException.Quote(key)} must be a string, found {Found()}.");
            if (!_metadata.TryAdd(key, _json.GetString()!))
                throw Fail(null, $"{SafetensorsHeader.MetadataKey} has the key {SafetensorsException.Quote(key)} twice.");
            if (_metadata.Count > SafetensorsHeader.MaxEntries)
                throw Fail(null, $"{SafetensorsHeader.MetadataKey} has more than {SafetensorsHeader.MaxEntries} entries.");
        }
    }

    private void ReadTensor(string name)
    {
        if (name.Length == 0)
            throw Fail(null, "The header has a tensor with an empty name.");
        if (_tensors.ContainsKey(name) || _unsupported.ContainsKey(name))
            throw Fail(name, "The header names it twice.");
        if (_entries.Count == SafetensorsHeader.MaxEntries)
            throw Fail(null, $"The header names more than {SafetensorsHeader.MaxEntries} tensors.");
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartObject)
            throw Fail(name, $"Expected an object with dtype, shape and data_offsets, found {Found()}.");

        string? dtype = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        while (NextName(out string member))
        {
            bool again = member switch
            {
                "dtype" => dtype is not null,
                "shape" => shape is not null,
                "data_offsets" => offsets is not null,
                _ => throw Fail(name, $"Unknown member {SafetensorsException.Quote(member)}; a tensor has dtype, shape and data_offsets."),
            };
            if (again)
                throw Fail(name, $"{member} stands there twice.");
            _json.Read();
            if (member == "dtype")
                dtype = ReadDtype(name);
            else if (member == "shape")
                shape = ReadIntegers(name, member, SafetensorsHeader.MaxRank);
            else
                offsets = ReadIntegers(name, member, 2);
        }

        string? missing = dtype is null ? "dtype" : shape is null ? "shape" : offsets is null ? "data_offsets" : null;
        if (missing is not null)
            throw Fail(name, $"{missing} is missing; a tensor has dtype, shape and data_offsets.");
        Add(name, dtype!, shape!, offsets!);
    }

    private string ReadDtype(string tensor) => _json.TokenType == JsonTokenType.String
        ? _json.GetString()!
        : throw Fail(tensor, $"dtype must be a string such as \"F16\", found {Found()}.");

    private List<long> ReadIntegers(string tensor, string member, int most)
    {
        if (_json.TokenType != JsonTokenType.StartArray)
            throw Fail(tensor, $"{member} must be an array of integers, found {Found()}.");
        var values = new List<long>(Math.Min(most, 4));
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (values.Count == most)
                throw Fail(tensor, $"{member} has more than {most} numbers.");
            if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt64(out long value) || value < 0)
                throw Fail(tensor, $"{member} must hold integers from 0 to {long.MaxValue}, found {Found()}.");
            values.Add(value);
        }

        return values;
    }

    private void Add(string name, string dtype, List<long> shape, List<long> offsets)
    {
        if (offsets.Count != 2)
            throw Fail(name, $"data_offsets must hold two numbers (begin, end), found {offsets.Count}.");
        (long begin, long end) = (offsets[0], offsets[1]);
        if (SafetensorsDtype.Size(dtype) is not { } elementSize)
            throw Fail(name, $"dtype {SafetensorsException.Quote(dtype)} is unknown. UniMed reads {SafetensorsDtype.Supported}.");
        if (begin > end)
            throw Fail(name, $"data_offsets [{begin}, {end}] are reversed: the begin lies behind the end.");
        if (end > _dataLength)
            throw Fail(name, $"data_offsets [{begin}, {end}] leave the data section of {_dataLength} bytes. The file is cut short, or its header is wrong.");
        if (!TensorShape.TryByteLength(shape, elementSize, out long bytes))
            throw Fail(name, $"Shape {TensorShape.Format(shape)} of {dtype} has more bytes than a 64-bit integer counts.");
        if (bytes != end - begin)
            throw Fail(name, $"Shape {TensorShape.Format(shape)} of {dtype} takes {bytes} bytes, but data_offsets [{begin}, {end}] hold {end - begin}.");

        _entries.Add(new SafetensorsEntry(name, begin, end));
        if (ElementTypes.TryParse(dtype, out ElementType type))
            _tensors.Add(name, new TensorInfo(name, type, shape.AsReadOnly(), begin, bytes));
        else
            _unsupported.Add(name, dtype);
    }

    private readonly string Found() => _json.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => $"the string {SafetensorsException.Quote(_json.GetString()!)}",
        JsonTokenType.Number => $"the number {SafetensorsException.Quote(System.Text.Encoding.ASCII.GetString(_json.ValueSpan))}",
        JsonTokenType.Null => "null",
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => "nothing",
    };

    private readonly SafetensorsException Fail(string? tensor, string problem) => new(_file, tensor, problem);
}
