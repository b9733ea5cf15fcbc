using System.Text.Json.Serialization;

namespace UniMed.Inference;

/// <summary>What the router sees (<c>router_method</c>).</summary>
[JsonConverter(typeof(ConnectorOptionJsonConverter<RouterMethod>))]
public enum RouterMethod
{
    /// <summary><c>router_task_token</c>: the task's token, then the visual token.</summary>
    TaskAndToken,

    /// <summary><c>router_token</c>: the visual token alone.</summary>
    Token,

    /// <summary><c>router_task</c>: the task's token alone.</summary>
    Task,
}
