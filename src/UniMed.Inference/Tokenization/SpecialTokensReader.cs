using System.Text.Json;

namespace UniMed.Inference.Tokenization;

/// <summary>
/// The special tokens of a folder as transformers 4.30.2 sees them: a text in special_tokens_map.json drops white space on both sides, an object there says lstrip and rstrip itself, and what stands
/// only in tokenizer_config.json, or nowhere, drops none. normalized and single_word mean nothing to the slow tokenizer of that version.
/// </summary>
internal sealed class SpecialTokensReader
{
    private const string MapName = "special_tokens_map.json";
    private const string ConfigName = "tokenizer_config.json";
    private const string AdditionalKey = "additional_special_tokens";
    private const int MaxFileBytes = 16 << 20;

    private static readonly string[] RequiredKeys = ["bos_token", "eos_token", "unk_token"];

    /// <summary>How LLaMA spells each.</summary>
    private static readonly string[] RequiredTexts = ["<s>", "</s>", "<unk>"];

    private readonly string _path;

    private SpecialTokensReader(string path) => _path = path;

    /// <summary>The special tokens of a folder that says nothing about them: as where special_tokens_map.json holds texts, which is how the models that UniMed comes with were trained.</summary>
    public static IReadOnlyList<SpecialToken> Default { get; } = Array.ConvertAll(RequiredTexts, text => new SpecialToken(text, true, true));

    /// <summary>Reads the files of a folder, as far as they are there.</summary>
    /// <exception cref="UniMedException">A file is broken, or names other tokens than LLaMA's.</exception>
    public static IReadOnlyList<SpecialToken> Read(string folder)
    {
        string mapPath = Path.Combine(folder, MapName);
        string configPath = Path.Combine(folder, ConfigName);
        byte[]? map = ReadFile(mapPath);
        byte[]? config = ReadFile(configPath);
        return map is null && config is null ? Default : Parse((mapPath, map), (configPath, config));
    }

    /// <summary>Reads the contents of the files.</summary>
    /// <param name="map">Path, for errors, and bytes of special_tokens_map.json; null where there is none.</param>
    /// <param name="config">The same of tokenizer_config.json.</param>
    /// <exception cref="UniMedException">A file is broken, or names other tokens than LLaMA's.</exception>
    public static IReadOnlyList<SpecialToken> Parse((string Path, byte[]? Bytes) map, (string Path, byte[]? Bytes) config)
    {
        Dictionary<string, SpecialToken> named = [];
        List<SpecialToken> additional = [];
        if (config.Bytes is not null)
            new SpecialTokensReader(config.Path).Add(config.Bytes, textStrips: false, named, additional);
        if (map.Bytes is not null)
            new SpecialTokensReader(map.Path).Add(map.Bytes, textStrips: true, named, additional);
        List<SpecialToken> all = [];
        for (int i = 0; i < RequiredKeys.Length; i++)
            all.Add(named.GetValueOrDefault(RequiredKeys[i]) ?? new SpecialToken(RequiredTexts[i], false, false));
        foreach (SpecialToken token in additional)
        {
            if (!all.Exists(known => known.Text == token.Text))
                all.Add(token);
        }

        return all;
    }

    private static byte[]? ReadFile(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
                return null;
            if (file.Length > MaxFileBytes)
                throw new UniMedException(UniMedFailure.ModelFiles, $"{path} has {file.Length} bytes; at most {MaxFileBytes} are expected. Copy it again from the LLaMA folder.");
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UniMedException(UniMedFailure.ModelFiles, $"{path} cannot be read: {error.Message} It says how the tokenizer treats special tokens; check its permissions.", error);
        }
    }

    /// <summary>What the file says goes before what was said.</summary>
    private void Add(byte[] bytes, bool textStrips, Dictionary<string, SpecialToken> named, List<SpecialToken> additional)
    {
        try
        {
            ReadOnlySpan<byte> json = bytes;
            using JsonDocument document = JsonDocument.Parse(bytes.AsMemory(json.StartsWith("\uFEFF"u8) ? 3 : 0));
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw Refused($"is {Kind(document.RootElement)}, not an object");
            for (int i = 0; i < RequiredKeys.Length; i++)
            {
                (string key, string text) = (RequiredKeys[i], RequiredTexts[i]);
                if (!document.RootElement.TryGetProperty(key, out JsonElement value) || (value.ValueKind == JsonValueKind.Null && !textStrips))
                    continue;
                SpecialToken token = Token(key, value, textStrips);
                named[key] = token.Text == text ? token : throw Refused($"says that {key} is '{token.Text}'; in LLaMA it is '{text}'");
            }

            if (!document.RootElement.TryGetProperty(AdditionalKey, out JsonElement more) || more.ValueKind == JsonValueKind.Null)
                return;
            if (more.ValueKind != JsonValueKind.Array)
                throw Refused($"gives {AdditionalKey} as {Kind(more)}; an array is expected");
            additional.Clear();
            foreach (JsonElement value in more.EnumerateArray())
                additional.Add(Token(AdditionalKey, value, textStrips: true));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new UniMedException(UniMedFailure.ModelFiles, $"{_path} is not JSON that can be read: {error.Message} Copy it again from the LLaMA folder.", error);
        }
    }

    private SpecialToken Token(string key, JsonElement value, bool textStrips)
    {
        if (value.ValueKind == JsonValueKind.String)
            return new SpecialToken(Spelling(key, value), textStrips, textStrips);
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("content", out JsonElement content))
            throw Refused($"gives {key} as {Kind(value)}; a text, or an object with content, lstrip and rstrip, is expected");
        return new SpecialToken(Spelling($"{key}.content", content), Flag(key, value, "lstrip"), Flag(key, value, "rstrip"));
    }

    private string Spelling(string key, JsonElement value) => value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
        ? text
        : throw Refused($"gives {key} as {Kind(value)}; a text of at least one character is expected");

    private bool Flag(string key, JsonElement token, string name) => token.TryGetProperty(name, out JsonElement value)
        ? value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Refused($"gives {key}.{name} as {Kind(value)}; true or false is expected"),
        }
        : false;

    private static string Kind(JsonElement value)
    {
        const int Shown = 40;
        string raw = value.GetRawText();
        string kind = value.ValueKind switch
        {
            JsonValueKind.Object => "the object",
            JsonValueKind.Array => "the array",
            JsonValueKind.String => "the text",
            JsonValueKind.Number => "the number",
            JsonValueKind.Null => "",
            _ => "the truth value",
        };
        return $"{kind} {(raw.Length > Shown ? raw[..Shown] + "..." : raw)}".Trim();
    }

    private UniMedException Refused(string why) =>
        new(UniMedFailure.ModelFiles, $"{_path} {why}. Use the file that belongs to the language model's tokenizer.model.");
}
