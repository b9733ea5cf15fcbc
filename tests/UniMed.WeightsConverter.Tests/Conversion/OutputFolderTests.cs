using UniMed.Tests;
using UniMed.WeightsConverter.Conversion;
using UniMed.WeightsConverter.Reporting;
using UniMed.WeightsConverter.Tests.Support;
using Xunit;

namespace UniMed.WeightsConverter.Tests.Conversion;

public class OutputFolderTests
{
    [Theory]
    [InlineData("Hashing sources", 0.5)]
    [InlineData("Writing tensors", 0.01)]
    [InlineData("Writing tensors", 0.5)]
    [InlineData("Writing tensors", 1)]
    public void A_cancelled_conversion_leaves_nothing(string stage, double share)
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        var seen = new List<string>();
        var progress = new Progress(p =>
        {
            if (p.Stage != stage || p.DoneBytes < share * p.TotalBytes || cancellation.IsCancellationRequested)
                return;
            seen.AddRange(Directory.EnumerateFileSystemEntries(folder.Path).Select(e => Path.GetFileName(e)!));
            cancellation.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => Converter.Convert(Requests.Nano(folder.At("out")), progress, cancellation.Token));
        Assert.Equal(["out.partial", "out.partial.lock"], seen.Order());
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_failing_conversion_keeps_what_force_would_have_replaced()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.At("out"));
        File.WriteAllText(folder.At("out", "mine.txt"), "mine");
        using var cancellation = new CancellationTokenSource();
        var progress = new Progress(p =>
        {
            if (p.Stage == "Writing tensors")
                cancellation.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => Converter.Convert(Requests.Tiny(folder.At("out")) with { Force = true }, progress, cancellation.Token));
        Assert.Equal(["out"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName));
        Assert.Equal("mine", File.ReadAllText(folder.At("out", "mine.txt")));
    }

    [Fact]
    public void A_folder_that_is_not_empty_is_kept_without_force_and_replaced_with_it()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.At("out"));
        Conversions.Run(Requests.Tiny(folder.At("out")));
        File.WriteAllText(folder.At("out", "mine.txt"), "mine");
        string message = Conversions.Refusal(Requests.Tiny(folder.At("out")));
        Assert.Contains("--force", message, StringComparison.Ordinal);
        Assert.True(File.Exists(folder.At("out", "mine.txt")));
        ConversionReport report = Conversions.Run(Requests.Tiny(folder.At("out")) with { Force = true });
        Assert.Equal(report.OutputFiles, FolderContent.Read(folder.At("out")).Keys);
        Assert.Equal(["out"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Force_never_deletes_a_source()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Golden.Path("connectors", "19.pth"), folder.At("19.pth"));
        ConversionRequest request = Requests.Tiny(folder.Path) with { CheckpointPath = folder.At("19.pth"), Force = true };
        Assert.Contains("lies in the output folder", Conversions.Refusal(request), StringComparison.Ordinal);
        Assert.True(File.Exists(folder.At("19.pth")));
    }

    [Fact]
    public void A_link_to_the_output_folder_stays_a_link()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.At("disk", "models"));
        Directory.CreateSymbolicLink(folder.At("out"), folder.At("disk", "models"));
        Conversions.Run(Requests.Tiny(folder.At("out")));
        Assert.NotNull(new DirectoryInfo(folder.At("out")).LinkTarget);
        Assert.True(File.Exists(folder.At("disk", "models", "model.safetensors")));
    }

    [Fact]
    public void The_root_of_a_disk_is_refused() =>
        Assert.Contains("is the root of a disk", Conversions.Refusal(Requests.Tiny(Path.GetPathRoot(Path.GetTempPath())!) with { Force = true }), StringComparison.Ordinal);

    [Fact]
    public void A_file_in_the_place_of_the_output_is_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("out"), "");
        Assert.Contains("is a file", Conversions.Refusal(Requests.Tiny(folder.At("out")) with { Force = true }), StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_does_not_grow_with_a_tensor()
    {
        using var folder = new TemporaryFolder();
        const int width = 400_000;
        ConversionRequest request = Requests.TinyOfCopy(folder) with { Dtype = WeightDtype.F16 };
        Dictionary<string, object> tensors = TorchZip.ReadTensors(folder.At("llm", "pytorch_model.bin"));
        var large = new TestTensor("FloatStorage", [width, 32], new byte[width * 32 * 4]);
        tensors["model.layers.0.mlp.gate_proj.weight"] = tensors["model.layers.0.mlp.up_proj.weight"] = large;
        tensors["model.layers.0.mlp.down_proj.weight"] = large with { Shape = [32, width] };
        TorchZip.Write(folder.At("llm", "pytorch_model.bin"), tensors);
        string config = File.ReadAllText(folder.At("llm", "config.json"));
        File.WriteAllText(folder.At("llm", "config.json"), config.Replace("\"intermediate_size\": 48", $"\"intermediate_size\": {width}", StringComparison.Ordinal));

        long before = GC.GetAllocatedBytesForCurrentThread();
        Conversions.Run(request);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < large.Bytes.Length, $"{allocated} bytes were allocated in all; one tensor has {large.Bytes.Length}.");
    }

    [Fact]
    public void What_a_killed_conversion_left_is_removed_and_said()
    {
        using var folder = new TemporaryFolder();
        foreach (string left in (string[])["out.partial", "out.partial-0123abcd"])
        {
            Directory.CreateDirectory(folder.At(left));
            File.WriteAllText(folder.At(left, "config.json"), "{}");
            File.WriteAllText(folder.At(left, "model-00001-of-00003.safetensors.partial"), "half");
        }

        File.WriteAllText(folder.At("out.partial.lock"), "");
        Directory.CreateDirectory(folder.At("out.replaced-0123abcd"));
        ConversionReport report = Conversions.Run(Requests.Tiny(folder.At("out")));
        Assert.Contains(report.Notes, n => n.StartsWith(folder.At("out.partial") + " (6 bytes), left by a conversion that was killed", StringComparison.Ordinal));
        Assert.Contains(report.Notes, n => n.StartsWith(folder.At("out.partial-0123abcd"), StringComparison.Ordinal));
        Assert.Contains(report.Notes, n => n.StartsWith(folder.At("out.replaced-0123abcd") + " is what an interrupted conversion was replacing", StringComparison.Ordinal));
        Assert.Equal(["out", "out.replaced-0123abcd"], Directory.EnumerateFileSystemEntries(folder.Path).Select(e => Path.GetFileName(e)!).Order());
    }

    [Fact]
    public void A_partial_folder_with_files_of_someone_else_is_not_touched()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.At("out.partial"));
        File.WriteAllText(folder.At("out.partial", "thesis.tex"), "mine");
        Assert.Contains("holds thesis.tex, which no conversion wrote", Conversions.Refusal(Requests.Tiny(folder.At("out"))), StringComparison.Ordinal);
        Assert.True(File.Exists(folder.At("out.partial", "thesis.tex")));
    }

    [Fact]
    public void Two_conversions_never_write_one_folder()
    {
        using var folder = new TemporaryFolder();
        string? second = null;
        var progress = new Progress(_ => second ??= Conversions.Refusal(Requests.Tiny(folder.At("out"))));
        Converter.Convert(Requests.Tiny(folder.At("out")), progress, TestContext.Current.CancellationToken);
        Assert.Contains("is being written by another unimed-convert", second, StringComparison.Ordinal);
        Assert.Equal(["out"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void A_folder_that_appears_meanwhile_is_kept_and_so_is_the_work()
    {
        using var folder = new TemporaryFolder();
        var progress = new Progress(_ =>
        {
            Directory.CreateDirectory(folder.At("out"));
            File.WriteAllText(folder.At("out", "mine.txt"), "mine");
        });
        string message = Assert.Throws<ConversionException>(
            () => Converter.Convert(Requests.Tiny(folder.At("out")), progress, TestContext.Current.CancellationToken)).Message;
        string apart = Assert.Single(Directory.EnumerateDirectories(folder.Path, "out.converted-*"));
        Assert.Contains(apart, message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(apart, "model.safetensors")));
        Assert.Equal("mine", File.ReadAllText(folder.At("out", "mine.txt")));
    }

    [Fact]
    public void The_plan_is_told_before_anything_is_read_in_full_or_written()
    {
        using var folder = new TemporaryFolder();
        var order = new List<string>();
        ConversionPlan? plan = null;
        var progress = new Progress(p => order.Add(p.Stage));
        ConversionReport report = Converter.Convert(
            Requests.Tiny(folder.At("out")),
            progress,
            p =>
            {
                plan = p;
                order.Add("plan");
            },
            TestContext.Current.CancellationToken);
        Assert.Equal(["plan", "Hashing sources", "Writing tensors"], order.Distinct());
        Assert.Equal(report.Options, plan!.Report.Options);
        Assert.Contains(plan.Report.Options, o => o is { Name: "vit_heads", Value: "2" });
        Assert.Equal(["vision", "language", "language", "language", "tokenizer", "tokenizer", "tokenizer", "checkpoint"], plan.Sources.Select(s => s.Role));
        Assert.InRange(report.OutputBytes - plan.Report.OutputBytes, 1, 100_000);
    }

    [Fact]
    public void A_disk_without_room_is_an_error_before_the_work()
    {
        FreeSpace.Check("my-model", 10_000_000_000, 11_000_000_000);
        FreeSpace.Check("my-model", 10_000_000_000, null);
        string message = Assert.Throws<ConversionException>(() => FreeSpace.Check("my-model", 10_000_000_000, 9_500_000_000)).Message;
        Assert.Contains("my-model needs 10.02 GB, but its disk has 9.50 GB free", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_while_writing_names_the_folder_that_the_user_gave()
    {
        using var folder = new TemporaryFolder();
        using OutputFolder output = OutputFolder.Create(folder.At("out"), replaces: false);
        string partial = output.PartialPath;
        string message = Assert.Throws<ConversionException>(() => output.Write(() => throw new IOException($"No space left on device: '{partial}/model.safetensors.partial'"))).Message;
        Assert.DoesNotContain(".partial", message, StringComparison.Ordinal);
        Assert.Contains(folder.At("out"), message, StringComparison.Ordinal);
    }

    private sealed class Progress(Action<ConversionProgress> report) : IProgress<ConversionProgress>
    {
        public void Report(ConversionProgress value) => report(value);
    }
}
