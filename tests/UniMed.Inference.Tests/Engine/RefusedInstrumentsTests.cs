using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Xunit;

namespace UniMed.Inference.Tests.Engine;

/// <summary>A host's listener may throw already when it is told of an instrument, which happens once in a process: a second copy of the library tells it here.</summary>
[Collection(nameof(HostListenersTests))]
public sealed class RefusedInstrumentsTests
{
    [Fact]
    public void What_a_listener_refuses_reports_nothing_and_the_rest_goes_on()
    {
        string library = typeof(EngineTelemetry).Assembly.Location;
        var context = new AssemblyLoadContext(nameof(RefusedInstrumentsTests), isCollectible: true);
        Type telemetry = context.LoadFromAssemblyPath(library).GetType(typeof(EngineTelemetry).FullName!, throwOnError: true)!;
        Assert.NotSame(typeof(EngineTelemetry), telemetry);
        // The library exists twice, and listeners hear at their start of what is there already.
        bool refuses = false;
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (refuses && instrument.Name == "unimed.tokens")
                    throw new InvalidOperationException("The listener's own fault.");
            },
        };
        meters.Start();
        using var activities = new ActivityListener
        {
            ShouldListenTo = source => refuses && source.Name == EngineTelemetry.ActivitySourceName ? throw new InvalidOperationException("The listener's own fault.") : false,
        };
        ActivitySource.AddActivityListener(activities);
        refuses = true;

        RuntimeHelpers.RunClassConstructor(telemetry.TypeHandle);

        Assert.Null(Value("Activities"));
        Assert.Null(Value("Tokens"));
        Assert.IsType<Counter<long>>(Value("Requests"));
        Assert.IsType<Histogram<double>>(Value("TimeToFirstToken"));
        context.Unload();

        object? Value(string name) => telemetry.GetProperty(name, BindingFlags.Static | BindingFlags.NonPublic)!.GetValue(null);
    }
}
