using UniMed.Inference;

namespace UniMed.Cli.Rendering;

/// <summary>An answer while it is made: for a person at a terminal its text appears as it is chosen.</summary>
/// <param name="console">Where to write.</param>
/// <param name="streams">True to write the text as it comes.</param>
/// <param name="waiting">What happens before the first token, for a person who watches.</param>
/// <param name="lead">What stands before the text.</param>
internal sealed class LiveAnswer(CommandConsole console, bool streams, string waiting, string lead = "")
{
    /// <summary>The first wait of a question about pictures.</summary>
    public const string Looking = "looking at the picture";

    /// <summary>True when the text, and a line's end behind it, is written.</summary>
    public bool IsShown { get; private set; }

    /// <summary>Waits for an answer.</summary>
    public async Task<T> FollowAsync<T>(PendingAnswer<T> pending)
    {
        using StatusLine status = console.Status(waiting);
        if (!streams)
            return await pending;
        var text = new StrippedText(console.Output, () =>
        {
            status.Dispose();
            console.Output.Write(lead);
        });
        try
        {
            await foreach (GeneratedToken token in pending)
                text.Write(TerminalText.Safe(token.Text));
            status.Dispose();
            console.Output.WriteLine();
            IsShown = true;
        }
        catch (Exception error) when (text.IsStarted && error is UniMedException or OperationCanceledException)
        {
            // The message that follows has a line of its own.
            console.Output.WriteLine();
            throw;
        }

        return await pending;
    }

    /// <summary>Waits for several answers at once, of which nothing is written as they come.</summary>
    public async Task<T> WaitAsync<T>(Task<T> answers)
    {
        using StatusLine status = console.Status(waiting);
        return await answers;
    }
}
