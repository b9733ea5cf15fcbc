using System.Text.Json;
using UniMed.Cli;
using UniMed.Inference;
using Xunit;

namespace UniMed.Tests;

/// <summary>unimed bench --concurrency serves the load it was asked for through an engine and tells what each thing gains. No test asserts how long anything takes.</summary>
public class ServingBenchTests
{
    private static readonly string[] Tiny = ["--requests", "6", "--prompt", "80", "--new", "3", "--repeat", "2"];

    [Fact]
    public async Task Every_concurrency_and_every_gain_is_measured_and_drawn()
    {
        using var folder = new TemporaryFolder();
        string chart = folder.File("bench.png");

        CliRun run = await CliRun.Of(["bench", "--shape", "nano", "--dtype", "int8", "--concurrency", "1", "3", "--pictures", "2", .. Tiny, "--json", "--chart", chart]);

        Assert.Equal(ExitCode.Success, run.ExitCode);
        JsonElement record = run.Json;
        Assert.Equal(
            ["model", "weights", "device", "device_detail", "threads", "system", "version", "date", "requests", "mix", "pictures", "prompt_tokens", "own_tokens", "new_tokens", "repeat",
                "kv_cache_tokens", "rows", "gains", "overhead", "peak_memory_bytes"],
            CliRun.Members(record));
        Assert.Equal(("nano", "int8", "vqa", 6, 2, 80, 16, 3), (
            record.GetProperty("model").GetString(), record.GetProperty("weights").GetString(), record.GetProperty("mix").GetString(), record.GetProperty("requests").GetInt32(),
            record.GetProperty("pictures").GetInt32(), record.GetProperty("prompt_tokens").GetInt32(), record.GetProperty("own_tokens").GetInt32(), record.GetProperty("new_tokens").GetInt32()));
        // 82 positions are six blocks; three requests run, and as many prompts are kept.
        Assert.Equal(6 * 96, record.GetProperty("kv_cache_tokens").GetInt32());
        JsonElement[] rows = [.. record.GetProperty("rows").EnumerateArray()];
        Assert.Equal([1, 3], rows.Select(row => row.GetProperty("concurrency").GetInt32()));
        foreach (JsonElement row in rows)
        {
            Assert.Equal(
                ["concurrency", "requests_per_second", "new_tokens_per_second", "decode_tokens_per_second", "prompt_tokens_per_second", "shared_tokens_per_second", "images_encoded_per_second", "images_reused_per_second",
                    "ttft_ms", "latency_ms", "tpot_ms", "all_first_tokens_ms", "passes", "ratio_to_first"],
                CliRun.Members(row));
            Assert.Equal(["p50", "p95", "p99", "count"], CliRun.Members(row.GetProperty("ttft_ms")));
            Assert.Equal((2, 12), (row.GetProperty("requests_per_second").GetProperty("count").GetInt32(), row.GetProperty("latency_ms").GetProperty("count").GetInt32()));
            Assert.Equal(3 * Median(row, "requests_per_second"), Median(row, "new_tokens_per_second"), 1e-6);
            Assert.Equal(row.GetProperty("concurrency").GetInt32() * 1e3 / row.GetProperty("tpot_ms").GetProperty("p50").GetDouble(), row.GetProperty("decode_tokens_per_second").GetDouble(), 1e-6);
            // Two pictures for six requests, in whichever way the others' looks were saved.
            Assert.Equal(Median(row, "requests_per_second") / 3, Median(row, "images_encoded_per_second"), 1e-6);
            Assert.Equal(80 * Median(row, "requests_per_second"), Median(row, "prompt_tokens_per_second") + Median(row, "shared_tokens_per_second"), 1e-6);
        }

        Assert.Equal(1, Median(rows[0], "ratio_to_first"));
        JsonElement[] gains = [.. record.GetProperty("gains").EnumerateArray()];
        Assert.Equal(["batching", "shared prefixes", "visual cache", "images together", "same picture"], gains.Select(gain => gain.GetProperty("name").GetString()));
        Assert.All(gains, gain => Assert.Equal(2, gain.GetProperty("new_tokens_ratio").GetProperty("count").GetInt32()));
        Assert.Equal(Median(rows[1], "new_tokens_per_second"), Median(gains[0], "new_tokens_per_second_with"));
        // Two pairs a round.
        Assert.Equal(4, record.GetProperty("overhead").GetProperty("share").GetProperty("count").GetInt32());

        HashSet<string> colors = [.. MedicalImage.Load(chart).Rgb.ToArray().Chunk(3).Select(Convert.ToHexString).Distinct()];
        Assert.Superset(new HashSet<string>(["2D6CC0", "2E9E5B"]), colors);
    }

    [Fact]
    public async Task A_folder_is_served_and_told_as_tables()
    {
        CliRun run = await CliRun.Of(["bench", "--model", Golden.NanoModel, "--concurrency", "2", "--mix", "tasks", .. Tiny]);

        Assert.Equal(ExitCode.Success, run.ExitCode);
        foreach (string told in new[] { "2 at once", "(tasks) about 4 pictures", "all first tokens", "TTFT p50 / p95 / p99", "shared prefixes", "visual cache", "images together", "same picture", "overhead" })
            Assert.Contains(told, run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("batching", run.Output, StringComparison.Ordinal);
        Assert.Contains("round 2 of 2", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_images_nothing_is_said_about_them()
    {
        CliRun run = await CliRun.Of(["bench", "--concurrency", "2", "1", "--mix", "qa", "--gain", "batching", "prefixes", "--json", .. Tiny]);

        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Equal([2, 1], run.Json.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("concurrency").GetInt32()));
        Assert.All(run.Json.GetProperty("rows").EnumerateArray(), row => Assert.False(row.TryGetProperty("images_encoded_per_second", out _)));
        JsonElement[] gains = [.. run.Json.GetProperty("gains").EnumerateArray()];
        // The fewest against the most, in whichever order they were named.
        Assert.Equal([("1 at once", "2 at once"), ("2 at once, prefixes not shared", "2 at once")], gains.Select(gain => (gain.GetProperty("without").GetString()!, gain.GetProperty("with").GetString()!)));
        Assert.False(run.Json.TryGetProperty("overhead", out _));
    }

    [Theory]
    [InlineData("--concurrency 0", "--concurrency is 0", ExitCode.Usage)]
    [InlineData("--concurrency 257", "from 1 to 256", ExitCode.Usage)]
    [InlineData("--requests 4", "--requests is for measuring an engine", ExitCode.Usage)]
    [InlineData("--gain prefixes", "--gain is for measuring an engine", ExitCode.Usage)]
    [InlineData("--concurrency 2 --batch 2", "without --batch", ExitCode.Usage)]
    [InlineData("--concurrency 2 --images 1", "without --batch", ExitCode.Usage)]
    [InlineData("--shape nano --dtype f16 int8 --concurrency 2", "one --dtype", ExitCode.Usage)]
    [InlineData("--concurrency 2 --requests 0", "--requests is 0", ExitCode.Usage)]
    [InlineData("--concurrency 2 --pictures 0", "--pictures is 0", ExitCode.Usage)]
    [InlineData("--concurrency 2 --own 0", "--own is 0", ExitCode.Usage)]
    [InlineData("--concurrency 2 --gain batching", "compares two concurrencies", ExitCode.Usage)]
    [InlineData("--concurrency 2 --mix qa --gain picture", "has no images", ExitCode.Usage)]
    [InlineData("--concurrency 2 --prompt 50", "longer prompt", ExitCode.Failed)]
    [InlineData("--concurrency 2 --prompt 1020", "do not fit", ExitCode.Failed)]
    [InlineData("--concurrency 2 --device abacus", "abacus", ExitCode.Failed)]
    public async Task What_cannot_be_measured_is_refused_with_the_reason(string line, string reason, int exitCode)
    {
        CliRun run = await CliRun.Of(["bench", .. line.Split(' ')]);

        Assert.Equal((exitCode, ""), (run.ExitCode, run.Output));
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
    }

    private static double Median(JsonElement element, string measure) => element.GetProperty(measure).GetProperty("median").GetDouble();
}
