using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using UniMed.Cli.Rendering;
using UniMed.Inference;

namespace UniMed.Cli.Requests;

/// <summary>Tokenizes a file of texts line by line. A line that is wrong becomes an error line, and the rest go on.</summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="sink">Takes the lines.</param>
internal sealed class TextFileTokenizer(LlamaTokenizer tokenizer, IAnswerSink sink)
{
    private const int LongestLine = 16 * 1024 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    public int Tokenized { get; private set; }

    public int Failed { get; private set; }

    public long Tokens { get; private set; }

    /// <summary>Tokenizes all lines.</summary>
    /// <param name="texts">One JSON object on each line.</param>
    /// <param name="cancellationToken">Stops between lines.</param>
    public async Task RunAsync(Stream texts, CancellationToken cancellationToken)
    {
        await foreach (JsonLine line in new JsonLineReader(texts, LongestLine).ReadAsync(cancellationToken))
        {
            RequestId? id = null;
            try
            {
                string text = Read(line, ref id);
                IReadOnlyList<int> ids = tokenizer.Encode(text);
                Write(new TokenIdsRecord { Id = id, Ids = ids, Decoded = tokenizer.Decode([.. ids]) }, UnimedJson.Lines.TokenIdsRecord);
                Tokenized++;
                Tokens += ids.Count;
            }
            catch (RequestException error)
            {
                Failed++;
                Write(new ErrorRecord { Id = id, Error = new ErrorDetail(error.Detail.Type, FormattableString.Invariant($"line {line.Number}: {error.Message}")) }, UnimedJson.Lines.ErrorRecord);
            }
        }
    }

    private static string Read(JsonLine line, ref RequestId? id)
    {
        if (line.Bytes is null)
            throw new RequestException("invalid_json", "the line is too long. A line has at most 16 MiB; write a longer text on several lines.");
        try
        {
            using JsonDocument document = JsonDocument.Parse(line.Bytes, Strict);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw new RequestException("invalid_json", "it is JSON, but not an object. Write one object on each line.");
            var members = new MemberReader(root);
            id = members.Id();
            foreach (JsonProperty member in root.EnumerateObject())
            {
                if (member.Name is not ("id" or "text"))
                    throw new RequestException("invalid_request", $"member '{TerminalText.Safe(member.Name)}' is unknown. A line has text, and id where you want it back.");
            }

            return members.Text("text") ?? throw new RequestException("invalid_request", "member 'text' is missing.");
        }
        catch (JsonException error)
        {
            int detail = error.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
            string reason = detail < 0 ? error.Message : error.Message[..detail];
            throw new RequestException("invalid_json", $"it is not a JSON object: {reason} (byte {error.BytePositionInLine + 1}). Write one object on each line.");
        }
        catch (InvalidOperationException)
        {
            throw new RequestException("invalid_json", "the name of a member is not valid Unicode. Write it in UTF-8.");
        }
    }

    private void Write<T>(T record, JsonTypeInfo<T> type) => sink.Write(JsonSerializer.SerializeToUtf8Bytes(record, type));
}
