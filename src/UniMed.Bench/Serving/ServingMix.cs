namespace UniMed.Bench.Serving;

/// <summary>What the requests of a load are.</summary>
public enum ServingMix
{
    /// <summary>Questions without an image.</summary>
    Qa,

    /// <summary>Questions about an image.</summary>
    Vqa,

    /// <summary>All tasks but classification in turn: vqa, refer, identify, caption, qa.</summary>
    Tasks,
}
