using System.Text;
using UniMed.Cli.Streams;
using UniMed.Inference;

namespace UniMed.Cli.Requests;

/// <summary>
/// Lines as UTF-8, whatever the shell that wrote them made of it: PowerShell 5.1 redirects in UTF-16. JSON begins with an ASCII character, so its first bytes tell the encoding also
/// without a byte order mark (RFC 4627, section 3).
/// </summary>
internal static class RequestEncoding
{
    private const int Needed = 4;

    /// <summary>The encoding of a text that begins so; null for UTF-8, and for whatever is no text.</summary>
    public static Encoding? Of(ReadOnlySpan<byte> start) => start switch
    {
        [0xFF, 0xFE, 0, 0, ..] or [not 0, 0, 0, 0, ..] => new UTF32Encoding(bigEndian: false, byteOrderMark: false, throwOnInvalidCharacters: true),
        [0, 0, 0xFE, 0xFF, ..] or [0, 0, 0, not 0, ..] => new UTF32Encoding(bigEndian: true, byteOrderMark: false, throwOnInvalidCharacters: true),
        [0xFF, 0xFE, ..] or [not 0, 0, ..] => new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true),
        [0xFE, 0xFF, ..] or [0, not 0, ..] => new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true),
        _ => null,
    };

    /// <summary>What people call an encoding.</summary>
    public static string NameOf(Encoding encoding) => encoding.WebName.ToUpperInvariant();

    /// <summary>The same text in UTF-8.</summary>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="requests">The bytes; need not be seekable.</param>
    /// <param name="cancellationToken">Ends the wait for the first bytes.</param>
    /// <exception cref="UniMedException">It is compressed.</exception>
    public static async Task<Stream> AsUtf8Async(string name, Stream requests, CancellationToken cancellationToken)
    {
        byte[] start = new byte[Needed];
        int count = 0;
        while (count < Needed)
        {
            int read = await requests.ReadAsync(start.AsMemory(count), cancellationToken).AsTask().WaitAsync(cancellationToken);
            if (read == 0)
                break;
            count += read;
        }

        if (start is [0x1F, 0x8B, ..] or [(byte)'P', (byte)'K', 3, 4])
            throw new UniMedException(UniMedFailure.InvalidInput, $"{name}: it is compressed ({(start[0] == 0x1F ? "gzip" : "zip")}). Unpack them first, such as with gunzip -c FILE | unimed run --input - --output JSONL.");
        var whole = new PrefixedStream(start.AsMemory(0, count), requests);
        return Of(start.AsSpan(0, count)) is { } encoding ? new RequestTranscoder(name, encoding, whole) : whole;
    }
}
