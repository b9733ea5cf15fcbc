using UniMed.Cli.Rendering;

namespace UniMed.Cli.Requests;

/// <summary>What a line of a request file turned out to be: a request, or an error.</summary>
/// <param name="Id">The id, where the line has one.</param>
/// <param name="Task">The task's name, where the line has one.</param>
/// <param name="Request">The request; null when there is an error.</param>
/// <param name="Error">What is wrong; null when there is a request.</param>
internal sealed record RequestLine(RequestId? Id, string? Task, ModelRequest? Request, ErrorDetail? Error);
