namespace UniMed.Cli;

/// <summary>Arguments that were understood one by one but make no sense together or with the image; ends in <see cref="ExitCode.Usage"/>.</summary>
internal sealed class UsageException(string message) : Exception(message);
