using System.Text.Json;
using System.Text.RegularExpressions;
using UniMed.Inference;

namespace UniMed.Cli.Rendering;

/// <summary>Says the library's names of options the way the user wrote them, and leaves out advice that only a host program can follow.</summary>
internal static partial class OptionNames
{
    /// <summary>As command-line options: --max-new-tokens.</summary>
    public static string AsFlags(string message) => WithoutHostAdvice(RequestNames().Replace(message, match => Flag(match.Value)));

    /// <summary>As members of a request: max_new_tokens.</summary>
    public static string AsMembers(string message) =>
        WithoutHostAdvice(RequestNames().Replace(message, match => JsonNamingPolicy.SnakeCaseLower.ConvertName(match.Value)));

    private static string WithoutHostAdvice(string message)
    {
        string told = LimitAlternative().Replace(message, ".");
        told = LimitAdvice().Replace(told, "Scale the picture down, or store it smaller.");
        told = told.Replace($"Create the engine with a smaller {nameof(EngineOptions.MaxPrefillRows)}", $"Load the model with a smaller {nameof(UniMedModelOptions.KvCacheTokens)}", StringComparison.Ordinal);
        return ModelNames().Replace(told, match => Flag(match.Value));
    }

    private static string Flag(string name) => "--" + JsonNamingPolicy.KebabCaseLower.ConvertName(name);

    [GeneratedRegex(
        $@"\b({nameof(GenerationOptions.MaxNewTokens)}|{nameof(GenerationOptions.NumBeams)}|{nameof(GenerationOptions.MinLength)}"
        + $"|{nameof(GenerationOptions.RepetitionPenalty)}|{nameof(GenerationOptions.LengthPenalty)}|{nameof(GenerationOptions.DoSample)}"
        + $"|{nameof(GenerationOptions.Temperature)}(?= is )|{nameof(GenerationOptions.TopP)}|{nameof(GenerationOptions.TopK)})\\b")]
    private static partial Regex RequestNames();

    [GeneratedRegex($@"\b({nameof(UniMedModelOptions.KvCacheTokens)}|{nameof(UniMedModelOptions.Threads)}(?= is ))\b")]
    private static partial Regex ModelNames();

    [GeneratedRegex($@", or (?:raise|lower) {nameof(ImageLimits)}(?:\.[^.]*)?\.")]
    private static partial Regex LimitAlternative();

    [GeneratedRegex($@"Raise {nameof(ImageLimits)}\.[^.]*\.")]
    private static partial Regex LimitAdvice();
}
