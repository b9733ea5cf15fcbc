namespace UniMed.Native;

/// <summary>How router logits become expert weights (router_type).</summary>
public enum RouterKind
{
    /// <summary>sigmoid(logit), divided by the sum over the experts.</summary>
    Soft,

    /// <summary>Softmax over the k largest logits, 0 elsewhere.</summary>
    Sparse,

    /// <summary>1 for one expert given by the task, 0 elsewhere; no logits.</summary>
    Hard,

    /// <summary>1 / experts each; no logits.</summary>
    Constant,
}
