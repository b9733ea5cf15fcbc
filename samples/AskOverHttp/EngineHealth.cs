using Microsoft.Extensions.Diagnostics.HealthChecks;
using UniMed.Inference;

namespace AskOverHttp;

/// <summary>Unhealthy when the engine gave up: whoever watches the host restarts it.</summary>
internal sealed class EngineHealth(UniMedEngine engine) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        EngineStatistics now = engine.Statistics;
        return Task.FromResult(engine.Failure is { } failure
            ? HealthCheckResult.Unhealthy("The engine gave up.", failure)
            : HealthCheckResult.Healthy($"{now.Running} running, {now.Queued} waiting."));
    }
}
