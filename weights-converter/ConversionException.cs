using UniMed.Inference;

namespace UniMed.WeightsConverter;

/// <summary>A source file or option that cannot be converted. The message names it, what was expected, what was found, and what to do.</summary>
public sealed class ConversionException : UniMedException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Complete sentences for the person who must act.</param>
    /// <param name="inner">The cause, where there is one.</param>
    public ConversionException(string message, Exception? inner = null)
        : base(UniMedFailure.ModelFiles, message, inner)
    {
    }
}
