using Microsoft.Extensions.Diagnostics.HealthChecks;
using UniMed.Hosting;
using UniMed.Inference;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Uni-Med among the health checks of a host.</summary>
public static class UniMedHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a check of an engine: unhealthy after it gave up (<see cref="UniMedEngine.Failure"/>), degraded while its queue is full, otherwise healthy. The data have the numbers of running,
    /// queued, completed, failed and cancelled requests.
    /// </summary>
    /// <param name="builder">The host's health checks.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="serviceKey">The model's name, as <c>AddKeyedUniMed</c> was given it; null for the model of <c>AddUniMed</c>.</param>
    /// <param name="failureStatus">What a broken engine is; null for <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">The check's tags, to filter by; null for none.</param>
    /// <returns>The same health checks.</returns>
    public static IHealthChecksBuilder AddUniMed(
        this IHealthChecksBuilder builder, string name = "unimed", string? serviceKey = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        return builder.Add(new HealthCheckRegistration(
            name,
            provider => new EngineHealthCheck(provider.GetRequiredKeyedService<UniMedEngine>(serviceKey)),
            failureStatus,
            tags));
    }
}
