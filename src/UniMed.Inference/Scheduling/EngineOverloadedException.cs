namespace UniMed.Inference;

/// <summary>The engine's queue is full. Try again later, or give the engine a longer queue (<see cref="EngineOptions.MaxQueuedRequests"/>).</summary>
public sealed class EngineOverloadedException : UniMedException
{
    internal EngineOverloadedException(int queued)
        : base(UniMedFailure.Overloaded, $"{queued} requests are waiting already, as many as the engine's MaxQueuedRequests. Try again later, or create the engine with a longer queue.")
    {
    }
}
