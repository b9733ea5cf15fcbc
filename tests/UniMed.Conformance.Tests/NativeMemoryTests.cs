using UniMed.Inference;
using Xunit;

namespace UniMed.Conformance.Tests;

/// <summary>Whoever opens gives back: nothing the engine allocates outlives its owner.</summary>
public class NativeMemoryTests
{
    [Fact]
    public async Task Studies_and_models_give_all_device_memory_and_every_file_back()
    {
        string copy = Directory.CreateTempSubdirectory("unimed-").FullName;
        foreach (string file in Directory.GetFiles(Golden.NanoModel))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));

        UniMedModel model = UniMedModel.Load(copy);
        // The first answer leaves the pass of its decode steps, kept for the next.
        await AskOnceAsync(model);
        long loaded = model.AllocatedBytes;
        Study study = model.Open(Golden.Path("nano", "images", "mri_axial_080.png"));
        await study.AskAsync("Which plane is this MRI slice in?", cancellationToken: TestContext.Current.CancellationToken);
        await study.LocateAsync("left insula", cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(model.AllocatedBytes > loaded);
        study.Dispose();
        Assert.Equal(loaded, model.AllocatedBytes);

        model.Dispose();
        Assert.Equal(0, model.AllocatedBytes);
        Assert.DoesNotContain(File.ReadLines("/proc/self/maps"), line => line.Contains(copy, StringComparison.Ordinal));
        Directory.Delete(copy, recursive: true);
    }

    [Fact]
    public async Task Disposing_a_study_and_its_model_lets_running_answers_finish_and_refuses_new_ones()
    {
        using UniMedModel reference = UniMedModel.Load(Golden.NanoModel);
        using Study open = reference.Open(Golden.Path("nano", "images", "mri_axial_080.png"));
        string expected = (await open.DescribeAsync(cancellationToken: TestContext.Current.CancellationToken)).Text;

        UniMedModel model = UniMedModel.Load(Golden.NanoModel);
        Study study = model.Open(Golden.Path("nano", "images", "mri_axial_080.png"));
        PendingAnswer<TextAnswer> running = study.DescribeAsync(cancellationToken: TestContext.Current.CancellationToken);
        await foreach (GeneratedToken _ in running)
        {
            study.Dispose();
            model.Dispose();
        }

        Assert.Equal(expected, (await running).Text);
        Assert.Equal(0, model.AllocatedBytes);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => study.AskAsync("And now?", cancellationToken: TestContext.Current.CancellationToken).AsTask());
    }

    [Fact]
    public async Task A_cancelled_answer_ends_and_leaves_the_study_usable()
    {
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel);
        await AskOnceAsync(model);
        using Study study = model.Open(Golden.Path("nano", "images", "mri_axial_080.png"));
        long loaded = model.AllocatedBytes;
        using var cancel = new CancellationTokenSource();
        PendingAnswer<TextAnswer> pending = study.DescribeAsync(cancellationToken: cancel.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (GeneratedToken _ in pending)
                await cancel.CancelAsync();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending.AsTask());

        TextAnswer answer = await study.DescribeAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.StartsWith("Axial", answer.Text, StringComparison.Ordinal);
        study.Dispose();
        Assert.Equal(loaded, model.AllocatedBytes);
    }

    private static async Task AskOnceAsync(UniMedModel model)
    {
        using Study study = model.Open(Golden.Path("nano", "images", "mri_axial_080.png"));
        await study.AskAsync("Which plane is this MRI slice in?", cancellationToken: TestContext.Current.CancellationToken);
    }
}
