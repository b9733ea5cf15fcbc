namespace UniMed.WeightsConverter.Commands;

/// <summary>What <c>unimed-convert</c> returns.</summary>
internal static class ExitCode
{
    /// <summary>The folder was written.</summary>
    public const int Success = 0;

    /// <summary>A source, an option or the output is not usable, or the conversion was cancelled; nothing was written.</summary>
    public const int Failure = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;
}
