using System.Text.Json;
using UniMed.Cli.Streams;
using UniMed.Inference;

namespace UniMed.Cli.Requests;

/// <summary>
/// The output file of a run. Opening it keeps other runs out and takes up an earlier one: answers stay byte for byte, error lines and a line that was torn in the middle are removed, and
/// new lines follow. The file stays the same file, with its links, owner and mode.
/// </summary>
internal sealed class AnswerFile : IAnswerSink, IDisposable
{
    // An answer holds the times of up to a million tokens.
    private const int LongestLine = 256 * 1024 * 1024;

    private readonly string _path;
    private readonly HashSet<RequestId> _answered;
    private readonly FileStream _stream;
    private readonly bool _isNew;

    private AnswerFile(string path, FileStream stream, HashSet<RequestId> answered, bool isNew, bool isLocked)
    {
        _path = path;
        _stream = stream;
        _answered = answered;
        _isNew = isNew;
        IsLocked = isLocked;
    }

    /// <summary>False where the file system has no locks, so that another run is not kept out.</summary>
    public bool IsLocked { get; }

    private static ReadOnlySpan<byte> LineStart => "{\"id\":"u8;

    /// <summary>Opens or creates the file.</summary>
    /// <exception cref="UsageException">Another run writes to it.</exception>
    /// <exception cref="UniMedException">It holds something else than answers, or the disk refuses.</exception>
    public static async Task<AnswerFile> OpenAsync(string path, CancellationToken cancellationToken)
    {
        bool isNew = FileFacts.Of(path).Kind == FileKind.Missing;
        FileStream stream = Open(path);
        try
        {
            bool? isLocked = FileLock.TryTake(stream.SafeFileHandle);
            if (isLocked == false)
                throw Held(path);
            RewriteJournal.Recover(path, stream);
            return new AnswerFile(path, stream, await TakeUpAsync(path, stream, cancellationToken), isNew, isLocked == true);
        }
        catch (Exception error)
        {
            await stream.DisposeAsync();
            if (error is IOException or UnauthorizedAccessException)
                throw Refused(path, error);
            throw;
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
            // Unbuffered: a line is one write, and whoever follows the file sees it at once.
            _stream.Seek(0, SeekOrigin.End);
            _stream.Write(line);
        }
        catch (IOException error)
        {
            throw Refused(_path, error);
        }
    }

    /// <summary>Takes an empty file away that this run made, when the run did not begin.</summary>
    public void Abandon()
    {
        if (_isNew && _stream.Length == 0)
            File.Delete(File.ResolveLinkTarget(_path, returnFinalTarget: true)?.FullName ?? _path);
    }

    public void Dispose() => _stream.Dispose();

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileLock.Share, bufferSize: 0);
        }
        catch (IOException error) when (FileLock.IsHeldByOther(error))
        {
            throw Held(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Refused(path, error);
        }
    }

    private static async Task<HashSet<RequestId>> TakeUpAsync(string path, FileStream stream, CancellationToken cancellationToken)
    {
        var answered = new HashSet<RequestId>();
        var behind = new List<ByteRange>();
        long? firstGone = null;
        bool endsMidLine = false;
        stream.Position = 0;
        await foreach (JsonLine line in new JsonLineReader(stream, LongestLine).ReadAsync(cancellationToken))
        {
            if (AnsweredId(path, line) is { } id)
            {
                answered.Add(id);
                endsMidLine = !line.Terminated;
                if (firstGone is not null)
                    ByteRange.Append(behind, line.Place);
            }
            else
            {
                firstGone ??= line.Place.Start;
            }
        }

        if (firstGone is { } start)
            Remove(path, stream, start, behind);
        if (endsMidLine)
        {
            stream.Seek(0, SeekOrigin.End);
            stream.WriteByte((byte)'\n');
        }

        return answered;
    }

    private static void Remove(string path, FileStream stream, long start, List<ByteRange> behind)
    {
        if (behind.Count == 0)
            stream.SetLength(start);
        else
            RewriteJournal.Replace(path, stream, start, behind);
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
        catch (JsonException) when (!line.Terminated && line.Bytes is not null && (IsTorn(line.Bytes) || (line.Number > 1 && IsZero(line.Bytes))))
        {
            return null;
        }
        catch (Exception error) when (error is JsonException or RequestException or InvalidOperationException)
        {
            // Told below: the file is somebody else's.
        }

        string encoding = line.Number == 1 && RequestEncoding.Of(line.Bytes) is { } other ? $" It is {RequestEncoding.NameOf(other)}; answers are UTF-8." : "";
        throw new UniMedException(UniMedFailure.InvalidInput, $"{path}: line {line.Number} is not an answer of unimed run, so the file is left alone.{encoding} Name another --output, or remove the line.");
    }

    private static bool IsTorn(ReadOnlySpan<byte> line) => line.Length < LineStart.Length ? LineStart.StartsWith(line) : line.StartsWith(LineStart);

    /// <summary>What some file systems leave behind the last line when the power fails.</summary>
    private static bool IsZero(ReadOnlySpan<byte> line) => !line.ContainsAnyExcept((byte)0);

    private static UsageException Held(string path) =>
        new($"--output {path}: another run{FileLock.Holder(path)} writes to this file. Wait for its end or stop it, then run the command again to go on from there; or name another output.");

    private static UniMedException Refused(string path, Exception error) =>
        new(UniMedFailure.InvalidInput, $"{path}: the answers cannot be written: {OutputPath.Reason(error)} Check that the folder exists, may be written to and has space. Answers that stand in the file stay; the same command goes on from there.", error);
}
