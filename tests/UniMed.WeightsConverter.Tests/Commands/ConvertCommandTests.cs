using System.Diagnostics;
using System.Text.Json;
using UniMed.Tests;
using UniMed.WeightsConverter.Tests.Support;
using Xunit;

namespace UniMed.WeightsConverter.Tests.Commands;

/// <summary>The command as its own process: exit codes and streams are what scripts see.</summary>
public class ConvertCommandTests
{
    private static readonly string[] Tiny =
    [
        "--vision", Golden.Path("connectors", "eva_vit_g.pth"), "--language", Golden.Path("connectors", "llm"),
        "--checkpoint", Golden.Path("connectors", "22.pth"), "--vit-heads", "2",
    ];

    [Fact]
    public void A_conversion_prints_a_json_report_and_returns_0()
    {
        using var folder = new TemporaryFolder();
        (int code, string output, string error) = Run([.. Tiny, "--output", folder.At("out"), "--json", "--report", folder.At("report.json"), "--dtype", "bf16", "--max-shard-size", "100kB"]);
        Assert.Equal(0, code);
        using JsonDocument report = JsonDocument.Parse(output);
        Assert.Equal("bf16", report.RootElement.GetProperty("dtype").GetString());
        Assert.Equal("BF16", report.RootElement.GetProperty("used")[0].GetProperty("output_type").GetString());
        Assert.Equal(output, File.ReadAllText(folder.At("report.json")));
        Assert.Contains("Writing tensors: 100 %", error, StringComparison.Ordinal);
        Assert.True(File.Exists(folder.At("out", "model.safetensors.index.json")));
    }

    [Fact]
    public void A_conversion_prints_a_summary_for_people()
    {
        using var folder = new TemporaryFolder();
        (int code, string output, string _) = Run([.. Tiny, "--output", folder.At("out")]);
        Assert.Equal(0, code);
        Assert.Contains("sparse_topk", output, StringComparison.Ordinal);
        Assert.Contains("0 unused, 21 ignored, 2 optional missing", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_conversion_error_is_one_sentence_on_standard_error_and_returns_1()
    {
        using var folder = new TemporaryFolder();
        (int code, string output, string error) = Run([.. Tiny, "--output", folder.At("out"), "--sparse-topk", "3"]);
        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.Equal("sparse_topk is 2 (the checkpoint's config), but --sparse-topk says 3. Leave the flag out, or give the checkpoint's value.\n", error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void The_plan_comes_before_the_work_on_standard_error_when_the_report_is_json()
    {
        using var folder = new TemporaryFolder();
        (int code, string _, string error) = Run([.. Tiny, "--output", folder.At("out"), "--json"]);
        Assert.Equal(0, code);
        string[] parts = ["vit_heads", "reads ", "tokenizer.model", "writes " + folder.At("out"), "Hashing sources", "Writing tensors"];
        int[] places = [.. parts.Select(p => error.IndexOf(p, StringComparison.Ordinal))];
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
    }

    [Fact]
    public void A_report_that_cannot_be_written_is_an_error_before_the_work()
    {
        using var folder = new TemporaryFolder();
        (int code, string _, string error) = Run([.. Tiny, "--output", folder.At("out"), "--report", folder.At("missing", "report.json")]);
        Assert.Equal(1, code);
        Assert.Contains("its folder does not exist", error, StringComparison.Ordinal);
        (code, _, error) = Run([.. Tiny, "--output", folder.At("out"), "--report", Golden.Path("connectors", "22.pth")]);
        Assert.Equal(1, code);
        Assert.Contains("would write over a source", error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
        (code, _, _) = Run([.. Tiny, "--output", folder.At("out"), "--report", folder.At("out", "report.json")]);
        Assert.Equal(0, code);
        Assert.True(File.Exists(folder.At("out", "report.json")));
    }

    [Theory]
    [InlineData("--output", "out", "--dtype", "f8")]
    [InlineData("--output", "out", "--dtype", "int4", "--keep-f16", "brain")]
    [InlineData("--output", "out", "--dtype", "int4", "--keep-int8", "none,vision")]
    [InlineData("--output", "out", "--max-shard-size", "huge")]
    [InlineData("--output", "out", "--max-shard-size", "0")]
    [InlineData("--output", "out", "--num-experts", "many")]
    [InlineData("--output", "out", "--unknown", "1")]
    [InlineData("--dtype", "f16")]
    public void A_wrong_command_line_returns_2(params string[] arguments)
    {
        (int code, string output, string error) = Run([.. Tiny, .. arguments]);
        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Contains("--help", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--num-experts", "5.0", "--num-experts: a whole number is expected, found \"5.0\".")]
    [InlineData("--lora-alpha", "much", "--lora-alpha: a number is expected, found \"much\".")]
    [InlineData("--has-moe", "1", "--has-moe: true or false is expected, found \"1\".")]
    [InlineData("--router-type", "Soft", "--router-type: soft, sparse, hard or constant is expected, found \"Soft\".")]
    [InlineData("--projector-type", "mlp17x_gelu", "--projector-type: linear, mlpNx_gelu (N from 1 to 16), moe_linear or moe_mlp is expected, found \"mlp17x_gelu\".")]
    [InlineData("--output", "", "--output: a path is expected, found an empty text.")]
    public void A_value_of_the_wrong_kind_is_shown_with_what_is_expected(string option, string value, string message)
    {
        string[] output = option == "--output" ? [] : ["--output", "out"];
        Assert.Contains(message, Run([.. Tiny, .. output, option, value]).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_returns_0_and_spells_options_as_files_do()
    {
        (int code, string output, string _) = Run(["--help"]);
        Assert.Equal(0, code);
        Assert.Contains("router_task_token, router_token or router_task.", output, StringComparison.Ordinal);
        Assert.DoesNotContain("TaskAndToken", output, StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Error) Run(string[] arguments)
    {
        string program = typeof(Converter).Assembly.Location;
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}
