using System.Text;
using UniMed.Cli.Streams;
using UniMed.Inference;

namespace UniMed.Cli.Requests;

/// <summary>Reads a text of another encoding as UTF-8; where it breaks off, it says so once.</summary>
internal sealed class RequestTranscoder(string name, Encoding encoding, Stream text) : ReadingStream
{
    private readonly Stream _utf8 = Encoding.CreateTranscodingStream(text, encoding, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));

    /// <exception cref="UniMedException">The bytes are no text of the encoding.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _utf8.ReadAsync(buffer, cancellationToken);
        }
        catch (DecoderFallbackException error)
        {
            string found = RequestEncoding.NameOf(encoding);
            throw new UniMedException(
                UniMedFailure.InvalidInput,
                $"{name}: it begins as {found} and goes on with bytes that are not: {error.Message} Two files of different encodings were joined, or the file is damaged. Save all of it as UTF-8, such as with iconv -f {found} -t UTF-8.",
                error);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _utf8.Dispose();
        base.Dispose(disposing);
    }
}
