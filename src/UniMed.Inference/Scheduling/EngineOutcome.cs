namespace UniMed.Inference.Scheduling;

/// <summary>How a request ended.</summary>
internal enum EngineOutcome
{
    Completed,
    Failed,
    Cancelled,
}
