using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using UniMed.Inference;

namespace UniMed.Hosting;

/// <summary>One model of a host: made from its options, and loaded before any service of the host starts.</summary>
/// <param name="provider">The container.</param>
/// <param name="name">The model's name; null for the one without.</param>
internal sealed partial class HostedModel(IServiceProvider provider, string? name) : IHostedLifecycleService
{
    /// <summary>Checks the options and loads the model.</summary>
    /// <exception cref="UniMedException">An option or the folder cannot be used.</exception>
    public static UniMedModel Load(IServiceProvider provider, string? name)
    {
        UniMedHostingOptions options = OptionsOf(provider, name);
        string path = Path.GetFullPath(options.ModelPath);
        UniMedModel model = UniMedModel.Load(path, options.Model);
        ILogger logger = provider.GetService<ILoggerFactory>()?.CreateLogger("UniMed") ?? NullLogger.Instance;
        LogLoaded(logger, path, model.Device.Name, model.Device.Description);
        return model;
    }

    /// <summary>Starts the model's engine.</summary>
    public static UniMedEngine CreateEngine(IServiceProvider provider, string? name)
    {
        EngineOptions options = OptionsOf(provider, name).Engine;
        return UniMedEngine.Create(
            provider.GetRequiredKeyedService<UniMedModel>(name), options with { LoggerFactory = options.LoggerFactory ?? provider.GetService<ILoggerFactory>() });
    }

    /// <summary>Makes the model's chat client.</summary>
    public static IChatClient CreateClient(IServiceProvider provider, string? name) =>
        new UniMedChatClient(provider.GetRequiredKeyedService<UniMedModel>(name), provider.GetRequiredKeyedService<UniMedEngine>(name), name ?? UniMedChatClient.DefaultModelId);

    /// <summary>The model's options, whole.</summary>
    /// <exception cref="UniMedException">Something is missing in them.</exception>
    public static UniMedHostingOptions OptionsOf(IServiceProvider provider, string? name)
    {
        UniMedHostingOptions options = provider.GetRequiredService<IOptionsMonitor<UniMedHostingOptions>>().Get(name ?? Options.DefaultName);
        string whose = name is null ? nameof(UniMedHostingOptions) : $"{nameof(UniMedHostingOptions)} '{name}'";
        if (string.IsNullOrWhiteSpace(options.ModelPath))
            throw new UniMedException(UniMedFailure.InvalidInput, $"{whose}: {nameof(options.ModelPath)} is empty. Set it to the folder that unimed-convert wrote.");
        if (options.Model is null || options.Engine is null)
            throw new UniMedException(UniMedFailure.InvalidInput, $"{whose}: {(options.Model is null ? nameof(options.Model) : nameof(options.Engine))} is null. Leave it as it is for the defaults.");
        return options;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.Run(() => _ = provider.GetRequiredKeyedService<UniMedEngine>(name), cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Uni-Med model {Path} is loaded on {Device}: {Description}")]
    private static partial void LogLoaded(ILogger logger, string path, string device, string description);
}
