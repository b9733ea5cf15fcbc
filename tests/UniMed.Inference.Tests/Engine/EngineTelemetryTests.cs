using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using UniMed.Tests;
using Xunit;

namespace UniMed.Inference.Tests.Engine;

/// <summary>What a listener hears of an engine.</summary>
// Listeners hear every engine of the process, and one that throws takes the report from the others: these tests do not run beside each other.
[Collection(nameof(HostListenersTests))]
public sealed class EngineTelemetryTests(NanoStudy nano) : IClassFixture<NanoStudy>
{
    [Fact]
    public async Task Meters_and_activities_tell_what_a_request_was()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        var activities = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == EngineTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activities.Add,
        };
        ActivitySource.AddActivityListener(listener);
        var heard = new ConcurrentBag<(string Name, double Value, string Tags)>();
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == EngineTelemetry.MeterName)
                    self.EnableMeasurementEvents(instrument);
            },
        };
        meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => heard.Add((instrument.Name, value, Join(tags))));
        meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => heard.Add((instrument.Name, value, Join(tags))));
        meters.Start();

        using var parent = new Activity("host").Start();
        MedicalImage image = MedicalImage.Load(Golden.Path("nano", "images", "mri_axial_031.png"));
        int tokens;
        await using (var engine = UniMedEngine.Create(nano.Model))
        {
            tokens = (await engine.DescribeAsync(image, cancellationToken: cancellation)).TokenIds.Count;
            await Assert.ThrowsAsync<UniMedException>(() => engine.GenerateAsync("x", [image], UniMedTask.Cls, cancellationToken: cancellation).AsTask());
        }

        Assert.Same(parent, Activity.Current);
        // Other tests' engines may run beside this one: only what is this request's own is looked at.
        Activity request = Assert.Single(activities, activity => activity.TraceId == parent.TraceId && (string?)activity.GetTagItem("unimed.outcome") == "completed");
        Assert.Equal(("caption", 1, tokens), (request.GetTagItem("unimed.task"), request.GetTagItem("unimed.images"), request.GetTagItem("unimed.new_tokens")));
        Activity failed = Assert.Single(activities, activity => activity.TraceId == parent.TraceId && activity.Status == ActivityStatusCode.Error);
        // The error's message, which may quote the caller or name a file, is the caller's alone.
        Assert.Equal((null, typeof(UniMedException).FullName), (failed.StatusDescription, failed.GetTagItem("error.type")));
        Assert.Equal(nameof(UniMedFailure.InvalidInput), failed.GetTagItem("unimed.reason"));

        Assert.Contains(heard, item => item is { Name: "unimed.requests", Value: 1, Tags: "task=caption outcome=completed" });
        Assert.Contains(heard, item => item is { Name: "unimed.requests", Value: 1, Tags: "task=cls outcome=failed" });
        Assert.Contains(heard, item => item is { Name: "unimed.time_to_first_token", Value: > 0, Tags: "task=caption" });
        Assert.Contains(heard, item => item is { Name: "unimed.time_per_output_token", Value: > 0, Tags: "task=caption" });
        Assert.Contains(heard, item => item is { Name: "unimed.tokens", Tags: "kind=new" });
        Assert.Contains(heard, item => item is { Name: "unimed.images", Tags: "kind=encoded" });
        Assert.Contains(heard, item => item.Name == "unimed.visual_cache.size" && item.Value > 0);
        Assert.Contains(heard, item => item.Name == "unimed.visual_cache.size" && item.Value < 0);
    }

    private static string Join(ReadOnlySpan<KeyValuePair<string, object?>> tags) => string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
}
