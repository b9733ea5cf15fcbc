using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using UniMed.Cli.Rendering;
using UniMed.Inference;

namespace UniMed.Cli.Requests;

/// <summary>Reads requests. Everything that is wrong with a line ends in an error that names line, member and remedy; nothing is thrown.</summary>
/// <param name="folder">Where relative image paths start.</param>
/// <param name="defaults">Generation options where a request says nothing.</param>
internal sealed class RequestReader(string folder, GenerationOptions defaults)
{
    private const int MaxImages = 64;
    private const string InvalidJson = "invalid_json";
    private const string InvalidRequest = "invalid_request";

    private static readonly string[] Members =
    [
        "id", "task", "image", "images", "instruction", "prompt", "max_new_tokens", "num_beams", "min_length", "repetition_penalty",
        "length_penalty", "temperature", "top_p", "top_k", "do_sample", "seed", "constrain", "choices", "json_schema",
    ];

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private readonly ConstraintReader _constraints = new(defaults.Constraint);

    /// <summary>True when a request that was read draws at random.</summary>
    public bool HasSampled { get; private set; }

    /// <summary>What a request may name as its task, for messages.</summary>
    public static string TaskNames { get; } = string.Join(", ", UniMedTasks.All.Select(task => task.Name()));

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads one line.</summary>
    public RequestLine Read(JsonLine line)
    {
        if (line.Bytes is null)
            return Wrong(line, null, null, InvalidJson, "the line is too long. A request has at most 16 MiB; images are named, not embedded.");
        if (line.Bytes.Contains((byte)0))
            return Wrong(line, null, null, InvalidJson, "it holds zero bytes, as UTF-16 text that was joined to UTF-8 does. Save the whole file as UTF-8. Lines behind it that hold zero bytes are not told again.");
        try
        {
            using JsonDocument document = JsonDocument.Parse(line.Bytes, Strict);
            return Read(line, document.RootElement);
        }
        catch (JsonException error)
        {
            int detail = error.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
            string reason = detail < 0 ? error.Message : error.Message[..detail];
            return Wrong(line, null, null, InvalidJson, OtherEncoding(line.Bytes) ?? $"it is not a JSON object: {reason} (byte {error.BytePositionInLine + 1}). {Remedy(line.Bytes)}");
        }
        catch (InvalidOperationException)
        {
            return Wrong(line, null, null, InvalidJson, OtherEncoding(line.Bytes) ?? "the name of a member is not valid Unicode. Write it in UTF-8.");
        }
    }

    private RequestLine Read(JsonLine line, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return Wrong(line, null, null, InvalidJson, "it is JSON, but not an object. Write one object on each line.");
        RequestId? id = null;
        string? taskName = null;
        try
        {
            id = new MemberReader(root).Id();
            taskName = new MemberReader(root).Text("task");
            if (OtherEncoding(line.Bytes!) is { } encoding)
                throw new RequestException(InvalidJson, encoding);
            return new RequestLine(id, taskName, Read(root, id, taskName), null);
        }
        catch (RequestException error)
        {
            return Wrong(line, id, taskName, error.Detail.Type, OtherEncoding(line.Bytes!) ?? error.Message);
        }
    }

    private ModelRequest Read(JsonElement root, RequestId? id, string? taskName)
    {
        var members = new MemberReader(root);
        foreach (JsonProperty member in root.EnumerateObject())
        {
            if (!Members.Contains(member.Name))
                throw new RequestException(InvalidRequest, $"member '{TerminalText.Safe(member.Name)}' is unknown. A request has {string.Join(", ", Members)}.");
        }

        if (!UniMedTasks.TryParse(taskName, out UniMedTask task))
        {
            throw new RequestException(
                InvalidRequest,
                taskName is null ? $"member 'task' is missing. Name one of {TaskNames}." : $"task '{taskName}' does not exist. Use one of {TaskNames}.");
        }

        string? instruction = members.Text("instruction");
        string? prompt = members.Text("prompt");
        if (instruction is null == prompt is null)
            throw new RequestException(InvalidRequest, $"{(prompt is null ? "neither 'instruction' nor" : "both 'instruction' and")} 'prompt' given. Give exactly one of them.");
        RequireText("instruction", instruction, task.Tag());
        RequireText("prompt", prompt, "");
        string[] images = members.Images();
        RequireImages(task, images, isInstruction: instruction is not null);
        return new ModelRequest(
            id ?? throw new RequestException(InvalidRequest, "member 'id' is missing. Give every request a text or a whole number of its own."),
            task,
            [.. images.Select(image => Path.GetFullPath(image, folder))],
            instruction,
            prompt,
            Generation(members));
    }

    /// <summary>Refuses a text that asks nothing: the model would answer all the same.</summary>
    private static void RequireText(string member, string? text, string tag)
    {
        if (text is not null && (text.Trim() == tag || string.IsNullOrWhiteSpace(text)))
            throw new RequestException(InvalidRequest, $"member '{member}' is '{text}', so there is nothing to ask. Give a text.");
    }

    private static void RequireImages(UniMedTask task, string[] images, bool isInstruction)
    {
        if (images.Length > MaxImages)
            throw new RequestException(InvalidRequest, $"{images.Length} images; a request has at most {MaxImages}.");
        if (images.Any(image => image.Length == 0 || image.Contains('\0', StringComparison.Ordinal)))
            throw new RequestException(InvalidRequest, "the name of an image is empty or holds a zero character. Name an image file.");
        if (!task.TakesImage() && images.Length > 0)
            throw new RequestException(InvalidRequest, $"task {task.Name()} takes no image. Leave 'image' out, or use task vqa.");
        if (task.TakesImage() && images.Length == 0 && isInstruction)
            throw new RequestException(InvalidRequest, $"task {task.Name()} needs an image. Name it in 'image', or several in 'images'.");
    }

    private GenerationOptions Generation(MemberReader members)
    {
        GenerationOptions options = defaults with
        {
            MaxNewTokens = members.Int32("max_new_tokens") ?? defaults.MaxNewTokens,
            NumBeams = members.Int32("num_beams") ?? defaults.NumBeams,
            MinLength = members.Int32("min_length") ?? defaults.MinLength,
            RepetitionPenalty = members.Number("repetition_penalty") ?? defaults.RepetitionPenalty,
            LengthPenalty = members.Number("length_penalty") ?? defaults.LengthPenalty,
            Temperature = members.Number("temperature") ?? defaults.Temperature,
            TopP = members.Number("top_p") ?? defaults.TopP,
            TopK = members.Int32("top_k") ?? defaults.TopK,
            DoSample = members.Flag("do_sample") ?? defaults.DoSample,
            Seed = members.Seed("seed") ?? defaults.Seed,
            Constraint = _constraints.Read(members),
        };
        try
        {
            options.Validate();
        }
        catch (UniMedException error)
        {
            throw new RequestException(InvalidRequest, OptionNames.AsMembers(error.Message));
        }

        RequireEffect(options);
        HasSampled |= options.DoSample;
        return options;
    }

    /// <summary>Refuses a member that would be dropped in silence. One that says what holds anyway does no harm.</summary>
    private void RequireEffect(GenerationOptions options)
    {
        string? idle = options.DoSample ? null
            : options.Temperature != defaults.Temperature ? "temperature"
            : options.TopP != defaults.TopP ? "top_p"
            : options.TopK != defaults.TopK ? "top_k"
            : options.Seed != defaults.Seed ? "seed"
            : null;
        if (idle is not null)
            throw new RequestException(InvalidRequest, $"member '{idle}' has no effect where the best token is taken. Set 'do_sample' to true, or leave it out.");
        if (options.NumBeams <= 1 && options.LengthPenalty != defaults.LengthPenalty)
            throw new RequestException(InvalidRequest, "member 'length_penalty' has no effect without beams. Set 'num_beams' above 1, or leave it out.");
    }

    /// <summary>What to do about bytes that are no UTF-8; null when they are.</summary>
    private static string? OtherEncoding(byte[] line)
    {
        if (Utf8.IsValid(line))
            return null;
        ReadOnlySpan<byte> rest = line;
        while (Rune.DecodeFromUtf8(rest, out _, out int length) == OperationStatus.Done)
            rest = rest[length..];
        return FormattableString.Invariant(
            $"byte {line.Length - rest.Length + 1} (0x{rest[0]:X2}) is not UTF-8, so the file is in another encoding, such as Windows-1252 or Latin-1. Save it as UTF-8, such as with iconv -f WINDOWS-1252 -t UTF-8.");
    }

    private static string Remedy(byte[] line) => line.AsSpan().IndexOf(ByteOrderMark) >= 0
        ? "A byte order mark stands in the middle of the line: files were joined of which one had no line end behind its last line. Put a line end there."
        : "Write one object on each line.";

    private static RequestLine Wrong(JsonLine line, RequestId? id, string? task, string type, string message) =>
        new(id, task, null, new ErrorDetail(type, FormattableString.Invariant($"line {line.Number}: {message}")));
}
