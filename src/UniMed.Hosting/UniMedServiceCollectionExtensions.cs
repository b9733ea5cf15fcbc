using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using UniMed.Hosting;
using UniMed.Inference;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Uni-Med as services of a host.</summary>
/// <remarks>
/// <para>
/// Each call adds one model: <see cref="UniMedModel"/>, <see cref="UniMedEngine"/> and <see cref="IChatClient"/> as singletons, without a key, or under the name that is given. The host loads it
/// before it starts: options that cannot be used and a folder without a model end the start with a <see cref="UniMedException"/> that has the absolute path. Without a host it is loaded when
/// it is first asked for. The container disposes engine and model in that order. A chat client that the
/// host registered before, without a key or under the same name, stays: make one for the engine with <see cref="UniMedChatClient"/> then.
/// </para>
/// <para>
/// What is configured here is <see cref="UniMedHostingOptions"/>, of the model's name: other configuration of it comes on top. The engine logs through the container's
/// <see cref="ILoggerFactory"/> unless its options name another.
/// </para>
/// </remarks>
public static class UniMedServiceCollectionExtensions
{
    /// <summary>Adds a model.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="modelPath">The folder that unimed-convert wrote; a relative one lies below the current directory.</param>
    /// <param name="configure">Changes what is to be changed; null for the defaults.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="InvalidOperationException">There is a model without a key already.</exception>
    public static IServiceCollection AddUniMed(this IServiceCollection services, string modelPath, Action<UniMedHostingOptions>? configure = null) =>
        Add(services, null, Named(modelPath, configure));

    /// <summary>Adds a model that the configuration describes: <c>ModelPath</c>, and members of <see cref="UniMedModelOptions"/> below <c>Model</c> and of <see cref="EngineOptions"/> below <c>Engine</c>.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="section">The section; a key in it that is none of these ends the start.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="InvalidOperationException">There is a model without a key already.</exception>
    public static IServiceCollection AddUniMed(this IServiceCollection services, IConfigurationSection section) => Add(services, null, Described(section));

    /// <summary>Adds a model.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Names the model folder, and changes what is to be changed.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="InvalidOperationException">There is a model without a key already.</exception>
    public static IServiceCollection AddUniMed(this IServiceCollection services, Action<UniMedHostingOptions> configure) => Add(services, null, Configured(configure));

    /// <summary>Adds a model under a name: the key of its services, the name of its options, and the model id of its chat client.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="name">The model's name in this host.</param>
    /// <param name="modelPath">The folder that unimed-convert wrote; a relative one lies below the current directory.</param>
    /// <param name="configure">Changes what is to be changed; null for the defaults.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="InvalidOperationException">There is a model of this name already.</exception>
    public static IServiceCollection AddKeyedUniMed(this IServiceCollection services, string name, string modelPath, Action<UniMedHostingOptions>? configure = null) =>
        AddKeyed(services, name, Named(modelPath, configure));

    /// <summary>Adds a model under a name, as the configuration describes it.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="name">The model's name in this host.</param>
    /// <param name="section">The section; a key in it that is not known ends the start.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="InvalidOperationException">There is a model of this name already.</exception>
    public static IServiceCollection AddKeyedUniMed(this IServiceCollection services, string name, IConfigurationSection section) => AddKeyed(services, name, Described(section));

    /// <summary>Adds a model under a name.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="name">The model's name in this host.</param>
    /// <param name="configure">Names the model folder, and changes what is to be changed.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="InvalidOperationException">There is a model of this name already.</exception>
    public static IServiceCollection AddKeyedUniMed(this IServiceCollection services, string name, Action<UniMedHostingOptions> configure) => AddKeyed(services, name, Configured(configure));

    private static Action<UniMedHostingOptions> Named(string modelPath, Action<UniMedHostingOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(modelPath);
        return options =>
        {
            options.ModelPath = modelPath;
            configure?.Invoke(options);
        };
    }

    private static Action<UniMedHostingOptions> Described(IConfigurationSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return options => UniMedSettings.Read(section).ApplyTo(options);
    }

    private static Action<UniMedHostingOptions> Configured(Action<UniMedHostingOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return configure;
    }

    private static IServiceCollection AddKeyed(IServiceCollection services, string name, Action<UniMedHostingOptions> configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return Add(services, name, configure);
    }

    private static IServiceCollection Add(IServiceCollection services, string? name, Action<UniMedHostingOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.Any(service => service.ServiceType == typeof(HostedModel) && Equals(service.ServiceKey, name)))
        {
            throw new InvalidOperationException(name is null
                ? $"{nameof(AddUniMed)} was called before. Give further models names with {nameof(AddKeyedUniMed)}; change the first one's options with Configure<{nameof(UniMedHostingOptions)}>."
                : $"{nameof(AddKeyedUniMed)} was called for '{name}' before. Give the other model another name.");
        }

        services.AddOptions<UniMedHostingOptions>(name ?? Options.Options.DefaultName).Configure(configure);
        services.AddKeyedSingleton(name, static (provider, key) => HostedModel.Load(provider, (string?)key));
        services.AddKeyedSingleton(name, static (provider, key) => HostedModel.CreateEngine(provider, (string?)key));
        services.TryAddKeyedSingleton(name, static (provider, key) => HostedModel.CreateClient(provider, (string?)key));
        services.AddKeyedSingleton(name, static (provider, key) => new HostedModel(provider, (string?)key));
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<HostedModel>(name));
        return services;
    }
}
