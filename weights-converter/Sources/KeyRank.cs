namespace UniMed.WeightsConverter.Sources;

/// <summary>Which of several tensors of one name is the model's, the least first.</summary>
internal enum KeyRank
{
    /// <summary>peft's copy from before training.</summary>
    Original,

    /// <summary>The only one, where there is no wrapper that keeps two.</summary>
    Usual,

    /// <summary>peft's trained copy.</summary>
    Trained,
}
