namespace UniMed.Inference.Engine;

/// <summary>How a request ended.</summary>
internal enum EngineOutcome
{
    Completed,
    Failed,
    Cancelled,
}
