using UniMed.Cli.Streams;

namespace UniMed.Cli.Requests;

/// <summary>A text of any Unicode encoding as UTF-8. Which one it is shows when the first bytes come, and nothing waits for them before that.</summary>
/// <param name="name">What to call it in messages.</param>
/// <param name="text">The bytes.</param>
internal sealed class UnicodeStream(string name, Stream text) : ReadingStream
{
    private Stream? _utf8;

    /// <inheritdoc cref="RequestEncoding.AsUtf8Async"/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _utf8 ??= await RequestEncoding.AsUtf8Async(name, text, cancellationToken);
        return await _utf8.ReadAsync(buffer, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            (_utf8 ?? text).Dispose();
        base.Dispose(disposing);
    }
}
