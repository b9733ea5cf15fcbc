using System.Text.Json;
using UniMed.Inference;

namespace UniMed.Cli.Requests;

/// <summary>
/// The output file of a run. Opening it takes up an earlier run: answers stay byte for byte, error lines and a line that was torn in the middle
/// are removed (the file is replaced in one step, so that a crash leaves the old or the new one), and new lines follow.
/// </summary>
internal sealed class AnswerFile : IAnswerSink, IDisposable
{
    // An answer holds the times of up to a million tokens.
    private const int LongestLine = 256 * 1024 * 1024;

    private readonly string _path;
    private readonly HashSet<RequestId> _answered;
    private readonly FileStream _stream;

    private AnswerFile(string path, HashSet<RequestId> answered)
    {
        _path = path;
        _answered = answered;

        // Unbuffered: a line is one write, and whoever follows the file sees it at once.
        _stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    private static ReadOnlySpan<byte> LineStart => "{\"id\":"u8;

    /// <summary>Opens or creates the file.</summary>
    /// <exception cref="UniMedException">It holds something else than answers, or the disk refuses.</exception>
    public static async Task<AnswerFile> OpenAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            HashSet<RequestId> answered = File.Exists(path) ? await TakeUpAsync(path, cancellationToken) : [];
            return new AnswerFile(path, answered);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Refused(path, error);
        }
    }

    public bool Holds(RequestId id) => _answered.Contains(id);

    public void Write(ReadOnlySpan<byte> json)
    {
        byte[] line = new byte[json.Length + 1];
        json.CopyTo(line);
        line[^1] = (byte)'\n';
        try
        {
            _stream.Write(line);
        }
        catch (IOException error)
        {
            throw Refused(_path, error);
        }
    }

    public void Dispose() => _stream.Dispose();

    private static async Task<HashSet<RequestId>> TakeUpAsync(string path, CancellationToken cancellationToken)
    {
        var answered = new HashSet<RequestId>();
        var goes = new HashSet<int>();
        bool endsMidLine = false;
        await using var old = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        await foreach (JsonLine line in new JsonLineReader(old, LongestLine).ReadAsync(cancellationToken))
        {
            if (AnsweredId(path, line) is { } id)
                answered.Add(id);
            else
                goes.Add(line.Number);
            endsMidLine = !line.Terminated;
        }

        if (goes.Count > 0 || endsMidLine)
            await RewriteAsync(path, old, goes, cancellationToken);
        return answered;
    }

    private static async Task RewriteAsync(string path, FileStream old, HashSet<int> goes, CancellationToken cancellationToken)
    {
        string partial = path + ".partial";
        await using (var kept = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            old.Position = 0;
            await foreach (JsonLine line in new JsonLineReader(old, LongestLine).ReadAsync(cancellationToken))
            {
                if (goes.Contains(line.Number))
                    continue;
                kept.Write(line.Bytes);
                kept.WriteByte((byte)'\n');
            }

            kept.Flush(flushToDisk: true);
        }

        await old.DisposeAsync();
        File.Move(partial, path, overwrite: true);
    }

    /// <summary>The id of the request that the line answers; null for a line that goes: an error, or one that was torn.</summary>
    private static RequestId? AnsweredId(string path, JsonLine line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line.Bytes ?? []);
            JsonElement root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("id", out _))
            {
                if (root.TryGetProperty("error", out _))
                    return null;
                if (root.TryGetProperty("text", out _) && new MemberReader(root).Id() is { } id)
                    return id;
            }
        }
        catch (JsonException) when (!line.Terminated && line.Bytes is not null && IsTorn(line.Bytes))
        {
            return null;
        }
        catch (Exception error) when (error is JsonException or RequestException)
        {
            // Told below: the file is somebody else's.
        }

        throw new UniMedException($"{path}: line {line.Number} is not an answer of unimed run, so the file is left alone. Name another --output, or remove the line.");
    }

    private static bool IsTorn(ReadOnlySpan<byte> line) => line.Length < LineStart.Length ? LineStart.StartsWith(line) : line.StartsWith(LineStart);

    private static UniMedException Refused(string path, Exception error) =>
        new($"{path}: the answers cannot be written: {error.Message} Check that the folder exists, may be written to and has space, and that no other run writes to the file.", error);
}
