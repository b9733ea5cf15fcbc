using System.Diagnostics;
using System.Diagnostics.Metrics;
using Xunit;

namespace UniMed.Inference.Tests.Engine;

/// <summary>A host's listeners run on the engine's thread; what they throw disturbs no request.</summary>
// Listeners hear every engine of the process, and one that throws takes the report from the others: these tests do not run beside each other.
[Collection(nameof(HostListenersTests))]
public sealed class HostListenersTests(NanoStudy nano) : IClassFixture<NanoStudy>
{
    [Fact]
    public async Task Listeners_that_throw_disturb_no_request()
    {
        int thrown = 0;
        using var meters = new MeterListener { InstrumentPublished = (instrument, listener) => Listen(instrument, listener) };
        meters.SetMeasurementEventCallback<long>((_, _, _, _) => Throw());
        meters.SetMeasurementEventCallback<double>((_, _, _, _) => Throw());
        meters.Start();
        using var activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == EngineTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = _ => Throw(),
            ActivityStopped = _ => Throw(),
        };
        ActivitySource.AddActivityListener(activities);

        await using (var engine = UniMedEngine.Create(nano.Model))
        {
            var options = new RequestOptions { Generation = new GenerationOptions { MaxNewTokens = 4 } };
            TextAnswer answer = await engine.AskAsync(nano.Study.Image, "Where?", options, TestContext.Current.CancellationToken);
            Assert.Equal((await nano.Study.AskAsync("Where?", options, TestContext.Current.CancellationToken)).TokenIds, answer.TokenIds);
            await Assert.ThrowsAsync<UniMedException>(() => engine.GenerateAsync("<ImageHere>", [], UniMedTask.Vqa, options, TestContext.Current.CancellationToken).AsTask());
            Assert.Equal((1, 1), (engine.Statistics.Completed, engine.Statistics.Failed));
            Assert.Null(engine.Failure);
        }

        Assert.True(thrown > 10, $"Listeners were called {thrown} times.");

        void Throw()
        {
            Interlocked.Increment(ref thrown);
            throw new InvalidOperationException("The listener's own fault.");
        }

        static void Listen(Instrument instrument, MeterListener listener)
        {
            if (instrument.Meter.Name == EngineTelemetry.MeterName)
                listener.EnableMeasurementEvents(instrument);
        }
    }
}
