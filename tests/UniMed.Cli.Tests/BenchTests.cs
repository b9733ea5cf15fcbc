using System.Text.Json;
using UniMed.Cli;
using UniMed.Inference;
using Xunit;

namespace UniMed.Tests;

/// <summary>unimed bench measures what it says, tells it in three forms, and refuses what cannot be measured. No test asserts how long anything takes.</summary>
public class BenchTests
{
    [Fact]
    public async Task Random_weights_of_several_types_and_batches_are_measured_and_drawn()
    {
        using var folder = new TemporaryFolder();
        string chart = folder.File("bench.png");

        CliRun run = await CliRun.Of(
            "bench", "--shape", "nano", "--dtype", "f16", "int4", "--batch", "1", "2", "--device", "reference", "--prompt", "50", "--new", "3", "--repeat", "2", "--json", "--chart", chart);

        Assert.Equal(ExitCode.Success, run.ExitCode);
        JsonElement record = run.Json;
        Assert.Equal(("nano", "reference", 50, 3, 1, 2), (
            record.GetProperty("model").GetString(), record.GetProperty("device").GetString(), record.GetProperty("prompt_tokens").GetInt32(),
            record.GetProperty("new_tokens").GetInt32(), record.GetProperty("images").GetInt32(), record.GetProperty("repeat").GetInt32()));
        Assert.True(record.GetProperty("bandwidth_gigabytes").GetProperty("median").GetDouble() > 0);
        Assert.True(record.GetProperty("peak_gigaflops").GetProperty("median").GetDouble() > 0);
        Assert.True(record.GetProperty("peak_memory_bytes").GetInt64() > 1 << 20);
        JsonElement[] rows = [.. record.GetProperty("rows").EnumerateArray()];
        Assert.Equal([("f16", 1), ("f16", 2), ("int4", 1), ("int4", 2)], rows.Select(row => (row.GetProperty("weights").GetString()!, row.GetProperty("batch").GetInt32())));
        foreach (JsonElement row in rows)
        {
            // Two answers, each with two steps after its first token.
            Assert.Equal(4, row.GetProperty("tpot_ms").GetProperty("count").GetInt32());
            Assert.Equal(2, row.GetProperty("ttft_ms").GetProperty("count").GetInt32());
            double step = row.GetProperty("tpot_ms").GetProperty("median").GetDouble();
            Assert.Equal(row.GetProperty("batch").GetInt32() * 1e3 / step, row.GetProperty("decode_tokens_per_second").GetDouble(), 1e-6);
            Assert.True(row.GetProperty("ttft_ms").GetProperty("lowest").GetDouble() >= row.GetProperty("vision_ms").GetProperty("lowest").GetDouble());
        }

        MedicalImage picture = MedicalImage.Load(chart);
        Assert.True(picture.Width > picture.Height / 2);
        HashSet<string> colors = [.. picture.Rgb.ToArray().Chunk(3).Select(Convert.ToHexString).Distinct()];
        Assert.Superset(new HashSet<string>(["2D6CC0", "2E9E5B", "000000", "FFFFFF"]), colors);
    }

    [Fact]
    public async Task The_number_of_threads_is_chosen_and_told()
    {
        CliRun run = await CliRun.Of("bench", "--shape", "nano", "--device", "cpu", "--threads", "3", "--prompt", "8", "--new", "2", "--images", "0", "--repeat", "1", "--json");

        Assert.Equal(3, run.Json.GetProperty("threads").GetInt32());
        Assert.Contains("on 3 threads", run.Json.GetProperty("device_detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_is_measured_as_it_is_stored_and_told_as_a_table()
    {
        CliRun run = await CliRun.Of("bench", "--model", Golden.NanoModel, "--device", "reference", "--prompt", "20", "--new", "2", "--images", "0", "--repeat", "1");

        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Contains("as stored, batch 1", run.Output, StringComparison.Ordinal);
        Assert.Contains("TTFT", run.Output, StringComparison.Ordinal);
        Assert.Contains("TPOT", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("vision", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--shape gpt", "--shape is 'gpt'", ExitCode.Usage)]
    [InlineData("--dtype f16", "--dtype is for random weights", ExitCode.Usage)]
    [InlineData("--shape nano --model .", "Leave one out", ExitCode.Usage)]
    [InlineData("--shape nano --new 1", "--new is 1", ExitCode.Usage)]
    [InlineData("--shape nano --threads 0", "--threads is 0", ExitCode.Usage)]
    [InlineData("--shape nano --device reference --threads 2", "--threads is for device cpu, and --device is reference", ExitCode.Usage)]
    [InlineData("--shape nano --batch 0", "--batch is 0", ExitCode.Usage)]
    [InlineData("--shape nano --device abacus", "abacus", ExitCode.Failed)]
    [InlineData("--shape nano --device reference --prompt 36", "longer prompt", ExitCode.Failed)]
    [InlineData("--shape nano --device reference --prompt 2000 --images 0", "do not fit", ExitCode.Failed)]
    public async Task What_cannot_be_measured_is_refused_with_the_reason(string line, string reason, int exitCode)
    {
        CliRun run = await CliRun.Of(["bench", .. line.Split(' ')]);

        Assert.Equal((exitCode, ""), (run.ExitCode, run.Output));
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
    }
}
