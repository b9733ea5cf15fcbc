namespace UniMed.Inference;

/// <summary>A file, option or request that UniMed cannot use. The message names it, what was expected, what was found, and what to do.</summary>
public class UniMedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Complete sentences for the person who must act.</param>
    /// <param name="inner">The cause, where there is one.</param>
    public UniMedException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
