using Microsoft.Extensions.Diagnostics.HealthChecks;
using UniMed.Inference;

namespace UniMed.Hosting;

/// <summary>Whether an engine works: unhealthy when it gave up, degraded while its queue is full.</summary>
/// <param name="engine">The engine.</param>
internal sealed class EngineHealthCheck(UniMedEngine engine) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        EngineStatistics now = engine.Statistics;
        var data = new Dictionary<string, object>
        {
            ["running"] = now.Running,
            ["queued"] = now.Queued,
            ["completed"] = now.Completed,
            ["failed"] = now.Failed,
            ["cancelled"] = now.Cancelled,
        };
        string load = $"{now.Running} running, {now.Queued} of at most {engine.Options.MaxQueuedRequests} waiting.";
        return Task.FromResult(
            engine.Failure is { } failure ? new HealthCheckResult(context.Registration.FailureStatus, "The engine gave up: start the host again.", failure, data)
            : now.Queued >= engine.Options.MaxQueuedRequests ? HealthCheckResult.Degraded($"The queue is full: {load}", data: data)
            : HealthCheckResult.Healthy(load, data));
    }
}
