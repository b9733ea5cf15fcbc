using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using UniMed.Inference;
using UniMed.Inference.Tests.Engine;
using UniMed.Native;
using UniMed.Tests;
using Xunit;

namespace UniMed.Hosting.Tests;

/// <summary>Models as services of a host: where their options come from, when they are loaded, how several live beside each other, and what a health check says.</summary>
public sealed class HostedModelTests
{
    /// <summary>A value for each key, other than the default.</summary>
    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["UniMed:ModelPath"] = Golden.NanoModel,
        ["UniMed:Model:Device"] = "reference",
        ["UniMed:Model:Threads"] = "3",
        ["UniMed:Model:KvCacheTokens"] = "4000",
        ["UniMed:Model:ImageLimits:MaxDimension"] = "77",
        ["UniMed:Model:ImageLimits:MaxPixels"] = "78",
        ["UniMed:Model:ImageLimits:MaxEncodedBytes"] = "79",
        ["UniMed:Engine:MaxQueuedRequests"] = "5",
        ["UniMed:Engine:MaxRunningRequests"] = "6",
        ["UniMed:Engine:MaxPrefillRows"] = "70",
        ["UniMed:Engine:MaxImagesAtOnce"] = "8",
        ["UniMed:Engine:KvCacheTokens"] = "900",
        ["UniMed:Engine:VisualCacheBytes"] = "5000000000",
        ["UniMed:Engine:SharePrefixes"] = "false",
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_option_that_can_be_written_is_read_from_the_configuration()
    {
        using ServiceProvider services = new ServiceCollection().AddUniMed(Section(Settings)).BuildServiceProvider();
        UniMedHostingOptions options = services.GetRequiredService<IOptions<UniMedHostingOptions>>().Value;
        var read = new Dictionary<string, string?>();
        Flatten(options, "UniMed", read);
        Assert.Equal(Settings.OrderBy(each => each.Key, StringComparer.Ordinal), read.OrderBy(each => each.Key, StringComparer.Ordinal));

        static void Flatten(object options, string path, Dictionary<string, string?> read)
        {
            foreach (PropertyInfo property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
            {
                object? value = property.GetValue(options);
                // What takes lines, and a handle of this process, is no text that a configuration could hold.
                if (property.Name is "Log" or "LoggerFactory" or "CudaHost")
                    continue;
                if (property.PropertyType.Namespace!.StartsWith("UniMed", StringComparison.Ordinal))
                    Flatten(value!, $"{path}:{property.Name}", read);
                else
                    read[$"{path}:{property.Name}"] = value is bool flag ? (flag ? "true" : "false") : FormattableString.Invariant($"{value}");
            }
        }
    }

    [Theory]
    [InlineData("UniMed:Engine:MaxQueued", "3", "MaxQueued")]
    [InlineData("UniMed:Engine:MaxQueuedRequests", "many", "UniMed:Engine:MaxQueuedRequests")]
    [InlineData("UniMed:ModelPath", "", "ModelPath is empty")]
    [InlineData("UniMed:Engine:MaxRunningRequests", "0", "MaxRunningRequests is 0")]
    public void What_a_configuration_cannot_say_is_refused_by_its_key(string key, string value, string says)
    {
        var settings = new Dictionary<string, string?> { ["UniMed:ModelPath"] = Golden.NanoModel, [key] = value };
        using ServiceProvider services = new ServiceCollection().AddUniMed(Section(settings)).BuildServiceProvider();
        UniMedException error = Assert.Throws<UniMedException>(services.GetRequiredService<UniMedEngine>);
        Assert.Equal(UniMedFailure.InvalidInput, error.Reason);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_section_that_is_not_there_is_named()
    {
        using ServiceProvider services = new ServiceCollection().AddUniMed(Section([])).BuildServiceProvider();
        Assert.Contains("no section 'UniMed'", Assert.Throws<UniMedException>(services.GetRequiredService<UniMedModel>).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_loads_the_model_before_it_starts_and_a_folder_without_one_ends_the_start_with_the_absolute_path()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddUniMed(Path.Combine("no", "where"));
        using IHost host = builder.Build();
        UniMedException error = await Assert.ThrowsAsync<UniMedException>(() => host.StartAsync(Cancellation));
        Assert.Equal(UniMedFailure.ModelFiles, error.Reason);
        Assert.Contains(Path.GetFullPath(Path.Combine("no", "where")), error.Message, StringComparison.Ordinal);

        var order = new List<string>();
        builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddHostedService(_ => new Later(order));
        builder.Services.AddUniMed(Golden.NanoModel, options => options.Model = new UniMedModelOptions { Device = "cpu", Log = _ => order.Add("model") });
        using IHost sound = builder.Build();
        await sound.StartAsync(Cancellation);
        Assert.Equal(["model", "service"], order);
        await sound.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Several_models_have_names_and_a_second_one_without_is_an_error()
    {
        var services = new ServiceCollection();
        services.AddUniMed(Golden.NanoModel).AddKeyedUniMed("ct", Golden.NanoModel).AddKeyedUniMed("mri", options => options.ModelPath = Golden.NanoModel);
        Assert.Contains("AddKeyedUniMed", Assert.Throws<InvalidOperationException>(() => services.AddUniMed("other")).Message, StringComparison.Ordinal);
        Assert.Contains("'ct'", Assert.Throws<InvalidOperationException>(() => services.AddKeyedUniMed("ct", "other")).Message, StringComparison.Ordinal);

        await using ServiceProvider provider = services.BuildServiceProvider();
        UniMedModel[] models = [provider.GetRequiredService<UniMedModel>(), provider.GetRequiredKeyedService<UniMedModel>("ct"), provider.GetRequiredKeyedService<UniMedModel>("mri")];
        Assert.Equal(3, models.Distinct().Count());
        IChatClient client = provider.GetRequiredKeyedService<IChatClient>("ct");
        Assert.Same(provider.GetRequiredKeyedService<UniMedEngine>("ct"), client.GetService(typeof(UniMedEngine)));
        Assert.Equal("ct", (await client.GetResponseAsync("why?", new ChatOptions { ModelId = "ct", MaxOutputTokens = 2 }, Cancellation)).ModelId);
        Assert.Contains("'ct'", (await Assert.ThrowsAsync<UniMedException>(() => client.GetResponseAsync("why?", new ChatOptions { ModelId = "uni-med" }, Cancellation))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_container_ends_engines_before_their_models()
    {
        ServiceProvider provider = new ServiceCollection().AddUniMed(Golden.NanoModel).AddKeyedUniMed("ct", Golden.NanoModel).BuildServiceProvider();
        UniMedEngine[] engines = [provider.GetRequiredService<UniMedEngine>(), provider.GetRequiredKeyedService<UniMedEngine>("ct")];
        UniMedModel[] models = [provider.GetRequiredService<UniMedModel>(), provider.GetRequiredKeyedService<UniMedModel>("ct")];
        provider.Dispose();
        Assert.All(engines, engine => Assert.Throws<ObjectDisposedException>(() => { _ = engine.AnswerAsync("why?", cancellationToken: Cancellation); }));
        Assert.All(models, model => Assert.Throws<ObjectDisposedException>(() => { _ = model.AnswerAsync("why?", cancellationToken: Cancellation); }));
    }

    [Fact]
    public async Task A_chat_client_that_the_host_has_stays_and_a_model_of_its_own_is_no_second_call()
    {
        var services = new ServiceCollection();
        using UniMedModel ours = UniMedModel.Load(Golden.NanoModel);
        await using var engine = UniMedEngine.Create(ours);
        using var client = new UniMedChatClient(ours, engine, "ours");
        services.AddSingleton<IChatClient>(client).AddSingleton(ours).AddUniMed(Golden.NanoModel);
        await using ServiceProvider provider = services.BuildServiceProvider();
        Assert.Same(client, provider.GetRequiredService<IChatClient>());
        Assert.NotSame(ours, provider.GetRequiredService<UniMedModel>());
    }

    [Fact]
    public async Task Other_configuration_of_the_options_comes_on_top()
    {
        var services = new ServiceCollection();
        services.AddUniMed("nowhere").Configure<UniMedHostingOptions>(options => options.ModelPath = Golden.NanoModel);
        await using ServiceProvider provider = services.BuildServiceProvider();
        Assert.NotNull(provider.GetRequiredService<UniMedModel>());
    }

    [Fact]
    public async Task An_engine_is_healthy_and_degraded_while_its_queue_is_full()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddKeyedUniMed("ct", Golden.NanoModel, options => options.Engine = new EngineOptions { MaxQueuedRequests = 1, MaxRunningRequests = 1 });
        services.AddHealthChecks().AddUniMed("engine", serviceKey: "ct", tags: ["ready"]);
        await using ServiceProvider provider = services.BuildServiceProvider();
        HealthCheckService health = provider.GetRequiredService<HealthCheckService>();
        HealthReportEntry idle = (await health.CheckHealthAsync(Cancellation)).Entries["engine"];
        Assert.Equal((HealthStatus.Healthy, "ready"), (idle.Status, idle.Tags.Single()));
        Assert.Equal(0, idle.Data["queued"]);

        UniMedEngine engine = provider.GetRequiredKeyedService<UniMedEngine>("ct");
        using var cancel = new CancellationTokenSource();
        var endless = new RequestOptions { Generation = new GenerationOptions { MaxNewTokens = 800, MinLength = 900 } };
        PendingAnswer<TextAnswer> running = engine.AnswerAsync("why?", endless, cancel.Token);
        await using IAsyncEnumerator<GeneratedToken> tokens = running.GetAsyncEnumerator(Cancellation);
        await tokens.MoveNextAsync();
        Task waiting = engine.AnswerAsync("why?", endless, cancel.Token).AsTask();
        HealthReportEntry full = (await health.CheckHealthAsync(Cancellation)).Entries["engine"];
        Assert.Equal(HealthStatus.Degraded, full.Status);
        Assert.Contains("queue is full", full.Description, StringComparison.Ordinal);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task An_engine_that_gave_up_is_what_the_host_calls_a_failure_and_its_error_is_told()
    {
        var device = new FaultyDevice(DeviceCatalog.Create("reference"));
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions(), device);
        await using var engine = UniMedEngine.Create(model);
        var services = new ServiceCollection();
        services.AddLogging().AddSingleton(engine);
        services.AddHealthChecks().AddUniMed().AddUniMed("lenient", failureStatus: HealthStatus.Degraded);
        await using ServiceProvider provider = services.BuildServiceProvider();
        HealthCheckService health = provider.GetRequiredService<HealthCheckService>();
        device.FailAfter = 0;
        while (engine.Failure is null)
            await Assert.ThrowsAsync<UniMedException>(() => engine.AnswerAsync("why?", cancellationToken: Cancellation).AsTask());

        IReadOnlyDictionary<string, HealthReportEntry> entries = (await health.CheckHealthAsync(Cancellation)).Entries;

        Assert.Equal((HealthStatus.Unhealthy, HealthStatus.Degraded), (entries["unimed"].Status, entries["lenient"].Status));
        Assert.Same(engine.Failure, entries["unimed"].Exception);
        Assert.Contains("start the host again", entries["unimed"].Description, StringComparison.Ordinal);
        Assert.True(Convert.ToInt64(entries["unimed"].Data["failed"], CultureInfo.InvariantCulture) > 0);
    }

    private static IConfigurationSection Section(Dictionary<string, string?> settings) => new ConfigurationBuilder().AddInMemoryCollection(settings).Build().GetSection("UniMed");

    /// <summary>A service of the host that was there before the model.</summary>
    private sealed class Later(List<string> order) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            order.Add("service");
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
