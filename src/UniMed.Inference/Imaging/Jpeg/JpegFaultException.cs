namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>Why a JPEG file is not decoded, without its name: <see cref="JpegDecoder"/> puts the name before it.</summary>
internal sealed class JpegFaultException : Exception
{
    private JpegFaultException(string message)
        : base(message)
    {
    }

    /// <summary>The file breaks the format.</summary>
    /// <param name="why">A main clause, without a full stop.</param>
    public static JpegFaultException Damaged(string why) => new($"the JPEG file is damaged: {why}. Fetch the file again.");

    /// <summary>The file ends too early.</summary>
    public static JpegFaultException CutOff() => new("the JPEG file is cut off: part of the picture is missing. Fetch the file again.");

    /// <summary>The file may be right, but is of a kind that is not decoded.</summary>
    /// <param name="what">A main clause about the file, without a full stop.</param>
    /// <param name="next">What to do, a sentence.</param>
    public static JpegFaultException Unsupported(string what, string next) => new($"{what}. {next}");
}
