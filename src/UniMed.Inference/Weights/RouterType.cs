using System.Text.Json.Serialization;

namespace UniMed.Inference;

/// <summary>How the experts of a visual token are weighted (<c>router_type</c>).</summary>
[JsonConverter(typeof(ConnectorOptionJsonConverter<RouterType>))]
public enum RouterType
{
    /// <summary><c>soft</c>: the sigmoid of each expert's logit, divided by the sum of the sigmoids.</summary>
    Soft,

    /// <summary><c>sparse</c>: the softmax over the <see cref="ConnectorConfig.SparseTopk"/> largest logits, 0 elsewhere.</summary>
    Sparse,

    /// <summary><c>hard</c>: the expert whose number is the task's; the model has no router weights.</summary>
    Hard,

    /// <summary><c>constant</c>: every expert alike; the model has no router weights.</summary>
    Constant,
}
