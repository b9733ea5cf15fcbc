namespace UniMed.Fuzz;

/// <summary>A reader of untrusted bytes. Whatever it is given, it returns or throws a <see cref="UniMed.Inference.UniMedException"/>, soon and with bounded memory.</summary>
internal interface IFuzzTarget
{
    /// <summary>Name on the command line, lower-case.</summary>
    string Name { get; }

    /// <summary>Valid and awkward inputs that mutation starts from.</summary>
    IEnumerable<string> CorpusFiles { get; }

    /// <summary>Reads one input.</summary>
    /// <param name="input">Any bytes.</param>
    void Run(ReadOnlySpan<byte> input);
}
