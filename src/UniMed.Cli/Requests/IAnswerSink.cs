namespace UniMed.Cli.Requests;

/// <summary>Takes the lines of a run, each as soon as it is made.</summary>
internal interface IAnswerSink
{
    /// <summary>True when an answer to the request stands there already.</summary>
    bool Holds(RequestId id);

    /// <summary>Writes a line out before it returns.</summary>
    /// <param name="json">One JSON object in UTF-8.</param>
    void Write(ReadOnlySpan<byte> json);
}
