using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration.Memory;
using UniMed.Inference;

namespace AskOverHttp;

/// <summary>
/// A web host over one engine: POST /ask and POST /describe take a picture and stream tokens as server-sent events; GET /health says whether the engine works. Settings: the section UniMed
/// (ModelPath, Model:Device, Engine:MaxQueuedRequests and so on) of appsettings.json, the environment or the command line.
/// </summary>
public static class AskHost
{
    /// <summary>Largest body of a request in bytes: Kestrel ends the request that sends more.</summary>
    public const int MaxBodyBytes = 16 << 20;

    /// <summary>Largest picture: its header is checked before memory is taken for pixels.</summary>
    public static ImageLimits Limits { get; } = new() { MaxDimension = 8192, MaxPixels = 16_000_000, MaxEncodedBytes = MaxBodyBytes };

    /// <summary>Makes the host. Its start loads the model: a folder that cannot be used ends the start, not the first request.</summary>
    public static WebApplication Create(string[] args)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
        ConfigurationManager settings = builder.Configuration;
        // Defaults: appsettings.json, the environment and the command line come on top.
        settings.Sources.Insert(0, new MemoryConfigurationSource { InitialData = [new("UniMed:ModelPath", "models/unimed-nano"), new("UniMed:Engine:MaxQueuedRequests", "256")] });
        builder.Services.AddUniMed(settings.GetSection("UniMed"));
        builder.Services.AddUniMedProblemDetails();
        builder.Services.AddHealthChecks().AddUniMed();
        builder.Services.Configure<FormOptions>(form => form.MultipartBodyLengthLimit = MaxBodyBytes);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = MaxBodyBytes);

        WebApplication app = builder.Build();
        app.UseExceptionHandler();
        app.MapHealthChecks("/health");
        // Without cookies there is nobody to forge a request for.
        app.MapPost("/ask", AskEndpoints.AskAsync).DisableAntiforgery();
        app.MapPost("/describe", AskEndpoints.DescribeAsync).DisableAntiforgery();
        return app;
    }
}
