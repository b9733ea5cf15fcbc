using UniMed.Tests;
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
        Assert.Equal(stage == "Writing tensors", seen.Count == 1 && seen[0].StartsWith("out.partial-", StringComparison.Ordinal));
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
        const int vocabulary = 400_000;
        Directory.CreateDirectory(folder.At("llm"));
        Dictionary<string, object> tensors = TorchZip.ReadTensors(Golden.Path("connectors", "llm", "pytorch_model.bin"));
        var large = new TestTensor("FloatStorage", [vocabulary, 32], new byte[vocabulary * 32 * 4]);
        tensors["model.embed_tokens.weight"] = tensors["lm_head.weight"] = large;
        TorchZip.Write(folder.At("llm", "pytorch_model.bin"), tensors);
        File.Copy(Golden.Path("connectors", "llm", "tokenizer.model"), folder.At("llm", "tokenizer.model"));
        string config = File.ReadAllText(Golden.Path("connectors", "llm", "config.json"));
        File.WriteAllText(folder.At("llm", "config.json"), config.Replace("\"vocab_size\": 1024", $"\"vocab_size\": {vocabulary}", StringComparison.Ordinal));
        ConversionRequest request = Requests.Tiny(folder.At("out")) with { LanguageFolder = folder.At("llm"), Dtype = WeightDtype.F16 };

        long before = GC.GetAllocatedBytesForCurrentThread();
        Conversions.Run(request);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < large.Bytes.Length, $"{allocated} bytes were allocated in all; one tensor has {large.Bytes.Length}.");
    }

    private sealed class Progress(Action<ConversionProgress> report) : IProgress<ConversionProgress>
    {
        public void Report(ConversionProgress value) => report(value);
    }
}
