using UniMed.Inference.Tests.Engine;
using UniMed.Inference.Weights;
using UniMed.Tests;
using Xunit;

namespace UniMed.Inference.Tests;

/// <summary>One family of failures, each with its reason.</summary>
public sealed class UniMedExceptionTests(NanoStudy nano) : IClassFixture<NanoStudy>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Types_of_the_family_have_the_reason_that_their_name_says()
    {
        Assert.Equal(UniMedFailure.InvalidInput, new ImageException("x").Reason);
        Assert.Equal(UniMedFailure.ModelFiles, new SafetensorsException("x", null, "y").Reason);
        Assert.Equal(UniMedFailure.InvalidInput, Assert.Throws<ImageException>(() => MedicalImage.Decode([1, 2, 3])).Reason);
        Assert.Equal(UniMedFailure.InvalidInput, Assert.Throws<ImageException>(() => MedicalImage.Load(" ")).Reason);
        Assert.Equal(UniMedFailure.ModelFiles, Assert.Throws<UniMedException>(() => UniMedModel.Load("nowhere")).Reason);
        Assert.Equal(UniMedFailure.InvalidInput, Assert.Throws<UniMedException>(() => UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions { Device = "abacus" })).Reason);
    }

    [Fact]
    public async Task Overload_deadline_and_cancellation_are_told_apart()
    {
        await using var engine = UniMedEngine.Create(nano.Model, new EngineOptions { MaxQueuedRequests = 1, MaxRunningRequests = 1, KvCacheTokens = 1024 });
        UniMedException late = await Assert.ThrowsAsync<UniMedException>(
            () => engine.DescribeAsync(nano.Study.Image, null, new RequestOptions { Deadline = TimeSpan.Zero }, Cancellation).AsTask());
        using var cancel = new CancellationTokenSource();
        Exception? overloaded = null;
        var asked = new List<Task>();
        while (overloaded is null)
            overloaded = Record.Exception(() => asked.Add(engine.DescribeAsync(nano.Study.Image, cancellationToken: cancel.Token).AsTask()));
        await cancel.CancelAsync();
        Exception? cancelled = await Record.ExceptionAsync(() => asked[^1]);

        Assert.Equal(UniMedFailure.DeadlineExceeded, late.Reason);
        Assert.IsType<EngineOverloadedException>(overloaded);
        Assert.IsAssignableFrom<OperationCanceledException>(cancelled);
        Assert.Equal(
            [UniMedFailure.DeadlineExceeded, UniMedFailure.Overloaded, UniMedFailure.Cancelled, null, null],
            new[] { late, overloaded, cancelled, new ArgumentNullException(), null }.Select(UniMedException.ReasonOf));
    }
}
