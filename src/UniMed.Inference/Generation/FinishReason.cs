namespace UniMed.Inference;

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>The model gave its end-of-sequence token.</summary>
    Stop,

    /// <summary>max_new_tokens was reached.</summary>
    Length,

    /// <summary>The prompt and its answer fill the model's max_position_embeddings.</summary>
    Context,
}
