using UniMed.Cli.Rendering;

namespace UniMed.Cli.Requests;

/// <summary>A request that becomes an error line.</summary>
internal sealed class RequestException(string type, string message) : Exception(message)
{
    public ErrorDetail Detail => new(type, Message);
}
