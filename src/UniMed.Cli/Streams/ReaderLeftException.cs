namespace UniMed.Cli.Streams;

/// <summary>Whoever read the output has gone, as head does: there is nobody to tell. Ends in <see cref="ExitCode.ReaderLeft"/>.</summary>
internal sealed class ReaderLeftException() : Exception("The reader of the output has gone.");
