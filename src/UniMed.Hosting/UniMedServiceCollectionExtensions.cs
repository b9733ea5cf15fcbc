using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using UniMed.Inference;

namespace UniMed.Hosting;

/// <summary>Uni-Med as services of a host.</summary>
public static partial class UniMedServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="UniMedModel"/>, <see cref="UniMedEngine"/> and <see cref="IChatClient"/> as singletons. The model is loaded when one of them is first asked for; the container
    /// disposes engine and model in that order. The engine logs through the container's <see cref="ILoggerFactory"/> unless its options name another.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Names the model folder, and changes what is to be changed.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddUniMed(this IServiceCollection services, Action<UniMedHostingOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        var options = new UniMedHostingOptions();
        configure(options);
        if (string.IsNullOrWhiteSpace(options.ModelPath))
            throw new UniMedException(UniMedFailure.InvalidInput, "AddUniMed: ModelPath is empty. Set it to the folder that unimed-convert wrote.");
        if (options.Model is null || options.Engine is null)
            throw new UniMedException(UniMedFailure.InvalidInput, $"AddUniMed: {(options.Model is null ? nameof(options.Model) : nameof(options.Engine))} is null. Leave it as it is for the defaults.");
        services.TryAddSingleton(provider => Load(options, provider));
        services.TryAddSingleton(provider => UniMedEngine.Create(provider.GetRequiredService<UniMedModel>(), options.Engine with { LoggerFactory = options.Engine.LoggerFactory ?? provider.GetService<ILoggerFactory>() }));
        services.TryAddSingleton<IChatClient>(provider => new UniMedChatClient(provider.GetRequiredService<UniMedModel>(), provider.GetRequiredService<UniMedEngine>()));
        return services;
    }

    private static UniMedModel Load(UniMedHostingOptions options, IServiceProvider provider)
    {
        ILogger logger = provider.GetService<ILoggerFactory>()?.CreateLogger("UniMed") ?? NullLogger.Instance;
        UniMedModel model = UniMedModel.Load(options.ModelPath, options.Model);
        LogLoaded(logger, options.ModelPath, model.Device.Name, model.Device.Description);
        return model;
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Uni-Med model {Path} is loaded on {Device}: {Description}")]
    private static partial void LogLoaded(ILogger logger, string path, string device, string description);
}
