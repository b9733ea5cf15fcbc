using UniMed.Hosting.AspNetCore;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Uni-Med's failures in an ASP.NET Core host.</summary>
public static class UniMedProblemDetailsServiceCollectionExtensions
{
    /// <summary>
    /// Answers what fails in UniMed with problem details, as <see cref="UniMedProblemDetails"/> says; a full queue has Retry-After, and a client that left is a 499. Call
    /// <c>app.UseExceptionHandler()</c> too. Failures that the host has to mend are logged at Error; messages that may quote a request are not.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddUniMedProblemDetails(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        return services.AddProblemDetails().AddExceptionHandler<UniMedExceptionHandler>();
    }
}
