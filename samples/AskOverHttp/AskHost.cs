using Microsoft.AspNetCore.Http.Features;
using UniMed.Hosting;
using UniMed.Inference;

namespace AskOverHttp;

/// <summary>
/// A web host over one engine: POST /ask and POST /describe take a picture and stream tokens as server-sent events; GET /health says whether the engine works. Settings: Model (folder), Device,
/// MaxQueuedRequests, MaxRunningRequests; from appsettings.json, the environment or the command line.
/// </summary>
public static class AskHost
{
    /// <summary>Largest body of a request in bytes: Kestrel ends the request that sends more.</summary>
    public const int MaxBodyBytes = 16 << 20;

    /// <summary>Largest picture: its header is checked before memory is taken for pixels.</summary>
    public static ImageLimits Limits { get; } = new() { MaxDimension = 8192, MaxPixels = 16_000_000, MaxEncodedBytes = MaxBodyBytes };

    /// <summary>Makes the host and loads the model: a folder that cannot be used ends the start, not the first request.</summary>
    /// <exception cref="UniMedException">The model cannot be loaded.</exception>
    public static WebApplication Create(string[] args)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
        ConfigurationManager settings = builder.Configuration;
        builder.Services.AddUniMed(options =>
        {
            options.ModelPath = settings["Model"] ?? "models/unimed-nano";
            options.Model = new UniMedModelOptions { Device = settings["Device"] ?? "auto" };
            options.Engine = new EngineOptions
            {
                MaxQueuedRequests = settings.GetValue("MaxQueuedRequests", 256),
                MaxRunningRequests = settings.GetValue("MaxRunningRequests", 16),
            };
        });
        builder.Services.AddProblemDetails();
        builder.Services.AddExceptionHandler<RefusedRequests>();
        builder.Services.AddHealthChecks().AddCheck<EngineHealth>("engine");
        builder.Services.Configure<FormOptions>(form => form.MultipartBodyLengthLimit = MaxBodyBytes);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = MaxBodyBytes);

        WebApplication app = builder.Build();
        _ = app.Services.GetRequiredService<UniMedEngine>();
        app.UseExceptionHandler();
        app.MapHealthChecks("/health");
        // Without cookies there is nobody to forge a request for.
        app.MapPost("/ask", AskEndpoints.AskAsync).DisableAntiforgery();
        app.MapPost("/describe", AskEndpoints.DescribeAsync).DisableAntiforgery();
        return app;
    }
}
