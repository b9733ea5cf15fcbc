using System.Text.Json;
using Xunit;

namespace UniMed.GpuBench.Tests;

/// <summary>The whole program on the emulated kernels, at small sizes: every section, the tables, the JSON, and what goes wrong.</summary>
public class CommandLineTests
{
    [Fact]
    public async Task Every_section_runs_and_leaves_its_results_as_JSON()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        string file = Path.Combine(folder, "results.json");
        try
        {
            (int code, string output, string error) = await RunAsync(
                "--device", "cuda-emulated", "--shape", "nano", "--dtype", "int4", "--batch", "2", "--prompt", "40", "--new", "3", "--repeat", "1", "--copy-mib", "1",
                "--golden-cases", "1", "--json", file);

            Assert.Equal("", error);
            Assert.Equal(GpuBenchCommandLine.Passed, code);
            Assert.Contains("says nothing about a card", output, StringComparison.Ordinal);
            Assert.Contains("PASSED", output, StringComparison.Ordinal);
            using JsonDocument document = JsonDocument.Parse(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
            JsonElement report = document.RootElement;
            Assert.True(report.GetProperty("passed").GetBoolean());
            Assert.Equal("cuda-emulated", report.GetProperty("card").GetProperty("device").GetString());

            JsonElement[] checks = [.. report.GetProperty("checks").EnumerateArray()];
            Assert.Equal(
                [
                    "CopyKvBlocks", "DecodeAttention", "Embed", "ExpertProjection", "FoldTask", "GatherRows", "LayerNorm", "Linear", "PatchEmbedding", "Pool", "PrefillAttention", "QkvRotary",
                    "ReadPixels", "RmsNorm", "Router", "Sample", "SwiGlu", "Upload, Copy, Download", "VisionAttention",
                ],
                checks.Select(check => check.GetProperty("operation").GetString()!).Distinct().Order(StringComparer.Ordinal));

            JsonElement load = Assert.Single(report.GetProperty("loads").EnumerateArray());
            Assert.Equal(("int4", 256, 688, 0), (
                load.GetProperty("dtype").GetString(), load.GetProperty("rows").GetInt32(), load.GetProperty("columns").GetInt32(), load.GetProperty("differing_bytes").GetInt32()));
            // 16 tiles of 11 stages of 64 columns: half a byte for each value and two for each block.
            Assert.Equal(16 * 11 * (512 + 64), load.GetProperty("bytes").GetInt32());
            Assert.True(load.GetProperty("card").GetProperty("median").GetDouble() > 0 && load.GetProperty("host").GetProperty("median").GetDouble() > 0);

            string[] kernels = [.. report.GetProperty("kernels").EnumerateArray().Select(row => row.GetProperty("kernel").GetString()!).Distinct()];
            Assert.Contains("linear_int4_n8", kernels);
            Assert.Contains("decode_combine", kernels);
            Assert.Contains("router_f16", kernels);
            Assert.All(report.GetProperty("kernels").EnumerateArray(), row =>
            {
                Assert.True(row.GetProperty("cold").GetProperty("median").GetDouble() > 0);
                Assert.True(row.GetProperty("in_a_row").GetProperty("median").GetDouble() > 0);
                Assert.True(row.GetProperty("bytes").GetDouble() > 0);
                // Launches in a row read another copy of the matrix each; kernels without one have nothing to change.
                string kernel = row.GetProperty("kernel").GetString()!;
                bool hasMatrix = (kernel.StartsWith("linear_", StringComparison.Ordinal) && !kernel.StartsWith("linear_operands", StringComparison.Ordinal) && kernel != "linear_sum")
                    || kernel.StartsWith("router_f", StringComparison.Ordinal) || kernel.StartsWith("expert_hidden", StringComparison.Ordinal) || kernel.StartsWith("expert_parts", StringComparison.Ordinal);
                Assert.True((hasMatrix ? 2 : 1) == row.GetProperty("matrices").GetInt32(), kernel);
            });
            Assert.Empty(report.GetProperty("left_out").EnumerateArray());

            JsonElement model = Assert.Single(report.GetProperty("models").EnumerateArray());
            Assert.Equal(("int4", 2), (model.GetProperty("dtype").GetString(), model.GetProperty("batch").GetInt32()));
            Assert.Equal(2, model.GetProperty("step").GetProperty("count").GetInt32());
            Assert.True(model.GetProperty("first_token").GetProperty("median").GetDouble() > model.GetProperty("vision").GetProperty("median").GetDouble());
            // Blocks of 32 take 18 bytes in int4 and 34 in int8 (lm_head); norms are fp32. down_proj has 688 columns: 22 blocks, the last one begun.
            const long Hidden = 256, Intermediate = 688, Layers = 4, Vocabulary = 1024;
            long layer = (4 * Hidden * Hidden / 32 * 18) + (2 * Intermediate * Hidden / 32 * 18) + (Hidden * 22 * 18) + (2 * Hidden * 4);
            Assert.Equal((Layers * layer) + (4 * Hidden) + (Vocabulary * Hidden / 32 * 34), model.GetProperty("step_weight_bytes").GetInt64());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task What_there_is_no_time_for_is_named()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        string file = Path.Combine(folder, "results.json");
        try
        {
            (int code, string output, string error) = await RunAsync(
                "--device", "cuda-emulated", "--plan", "quick", "--minutes", "0.00001", "--shape", "nano", "--dtype", "int4", "--prompt", "40", "--repeat", "1", "--copy-mib", "1", "--json", file);

            Assert.Equal("", error);
            Assert.Equal(GpuBenchCommandLine.Passed, code);
            using JsonDocument document = JsonDocument.Parse(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
            string[] leftOut = [.. document.RootElement.GetProperty("left_out").EnumerateArray().Select(what => what.GetString()!)];
            Assert.Contains("check: VisionAttention ", leftOut.First(what => what.Contains("VisionAttention", StringComparison.Ordinal)), StringComparison.Ordinal);
            Assert.Contains("nano: case 41", leftOut);
            Assert.Contains("kernels: lm_head, int8", leftOut);
            Assert.Contains("model: int4", leftOut);
            Assert.Contains($"{leftOut.Length} cases left out for want of time", output, StringComparison.Ordinal);
            Assert.Empty(document.RootElement.GetProperty("kernels").EnumerateArray());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_wrong_answer_fails_the_run_and_is_shown()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string cases = await File.ReadAllTextAsync(Golden.Path("nano", "cases.json"), TestContext.Current.CancellationToken);
            int answer = cases.IndexOf("\"output_ids\"", StringComparison.Ordinal);
            int second = cases.IndexOf(',', answer) + 1;
            await File.WriteAllTextAsync(Path.Combine(folder, "cases.json"), cases[..second] + "9," + cases[second..], TestContext.Current.CancellationToken);
            Directory.CreateSymbolicLink(Path.Combine(folder, "images"), Golden.Path("nano", "images"));

            (int code, string output, _) = await RunAsync("--device", "cuda-emulated", "--section", "nano", "--golden-cases", "1", "--golden", folder);

            Assert.Equal(GpuBenchCommandLine.Failed, code);
            Assert.Contains("0 of 1 golden answers equal", output, StringComparison.Ordinal);
            Assert.Contains("FAILED", output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_card_that_is_not_there_ends_the_run_with_the_reason()
    {
        (int code, string output, string error) = await RunAsync("--device", "cuda:99");

        Assert.Equal(GpuBenchCommandLine.NoDevice, code);
        Assert.Equal("", output);
        Assert.StartsWith("unimed-gpu-bench: Device 'cuda:99' is not available: ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--batch", "0")]
    [InlineData("--new", "1")]
    [InlineData("--repeat", "0")]
    [InlineData("--shape", "gpt")]
    [InlineData("--section", "everything")]
    [InlineData("--minutes", "-1")]
    [InlineData("--minutes", "NaN")]
    [InlineData("--plan", "slow")]
    public async Task A_wrong_option_is_named(string option, string value)
    {
        (int code, _, string error) = await RunAsync("--device", "cuda-emulated", option, value);

        Assert.Equal(GpuBenchCommandLine.Usage, code);
        Assert.Contains(option is "--shape" or "--plan" ? value : option, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prompt_that_the_image_fills_is_refused()
    {
        (int code, _, string error) = await RunAsync("--device", "cuda-emulated", "--section", "model", "--shape", "nano", "--prompt", "36", "--new", "2", "--copy-mib", "1", "--repeat", "1");

        Assert.Equal(GpuBenchCommandLine.Failed, code);
        Assert.Contains("Ask for a longer prompt", error, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = await GpuBenchCommandLine.InvokeAsync(args, output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
