namespace UniMed.Cli.Rendering;

/// <summary>What went wrong.</summary>
/// <param name="Type">invalid_json, invalid_request, duplicate_id, image, model or internal.</param>
/// <param name="Message">What was expected, what was found, what to do.</param>
internal sealed record ErrorDetail(string Type, string Message);
