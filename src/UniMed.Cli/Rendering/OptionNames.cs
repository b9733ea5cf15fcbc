using System.Text.Json;
using System.Text.RegularExpressions;
using UniMed.Inference.Generation;

namespace UniMed.Cli.Rendering;

/// <summary>Says the library's names of generation options the way the user wrote them.</summary>
internal static partial class OptionNames
{
    /// <summary>As command-line options: --max-new-tokens.</summary>
    public static string AsFlags(string message) =>
        Names().Replace(message, match => "--" + JsonNamingPolicy.KebabCaseLower.ConvertName(match.Value));

    /// <summary>As members of a request: max_new_tokens.</summary>
    public static string AsMembers(string message) =>
        Names().Replace(message, match => JsonNamingPolicy.SnakeCaseLower.ConvertName(match.Value));

    [GeneratedRegex(
        $@"\b({nameof(GenerationOptions.MaxNewTokens)}|{nameof(GenerationOptions.NumBeams)}|{nameof(GenerationOptions.MinLength)}"
        + $"|{nameof(GenerationOptions.RepetitionPenalty)}|{nameof(GenerationOptions.LengthPenalty)}|{nameof(GenerationOptions.DoSample)}"
        + $"|{nameof(GenerationOptions.Temperature)}|{nameof(GenerationOptions.TopP)}|{nameof(GenerationOptions.TopK)})\\b")]
    private static partial Regex Names();
}
