namespace UniMed.Inference;

/// <summary>A picture that cannot be read (<see cref="UniMedFailure.InvalidInput"/>): the message names it, what was found, and what to do.</summary>
public sealed class ImageException : UniMedException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Complete sentences for the person who must act.</param>
    /// <param name="inner">The cause, where there is one.</param>
    public ImageException(string message, Exception? inner = null)
        : base(UniMedFailure.InvalidInput, message, inner)
    {
    }
}
