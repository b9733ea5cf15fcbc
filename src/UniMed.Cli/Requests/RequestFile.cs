using System.Runtime.CompilerServices;
using System.Text.Json;
using UniMed.Inference;

namespace UniMed.Cli.Requests;

/// <summary>The requests of a file, line by line. What is wrong with the whole file is told once, not on every line.</summary>
/// <param name="name">What to call it in messages.</param>
/// <param name="utf8">Its text.</param>
/// <param name="reader">Reads a line.</param>
internal sealed class RequestFile(string name, Stream utf8, RequestReader reader)
{
    private const int LongestRequest = 16 * 1024 * 1024;

    /// <exception cref="UniMedException">It is JSON, but not one object on each line.</exception>
    public async IAsyncEnumerable<RequestLine> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        bool isFirst = true;
        bool followsZeros = false;
        await foreach (JsonLine line in new JsonLineReader(utf8, LongestRequest).ReadAsync(cancellationToken))
        {
            if (isFirst && line.Bytes is not null && BeginsLongerJson(line.Bytes))
            {
                throw new UniMedException(
                    UniMedFailure.InvalidInput,
                    $"{name}: the requests are JSON over several lines; one object on each line is expected (JSON Lines). Convert them, such as with jq -c '.[]' for an array, or jq -c . for objects.");
            }

            isFirst = false;

            // UTF-16 behind UTF-8 is cut in the middle of its characters: its pieces are one error.
            bool hasZeros = line.Bytes.AsSpan().Contains((byte)0);
            if (!hasZeros || !followsZeros)
                yield return reader.Read(line);
            followsZeros = hasZeros;
        }
    }

    /// <summary>An array or object that does not end on its line.</summary>
    private static bool BeginsLongerJson(byte[] line)
    {
        var json = new Utf8JsonReader(line, isFinalBlock: false, default);
        try
        {
            while (json.Read())
            {
            }
        }
        catch (JsonException)
        {
            return false;
        }

        // The reader counts a level when it is past its first bracket.
        bool isOpen = json.CurrentDepth > 0 || json.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject;
        return isOpen && line.AsSpan().Trim(" \t\r"u8) is [(byte)'[', ..] or [(byte)'{'];
    }
}
