using System.Text.Json;
using UniMed.Cli;
using UniMed.Inference;
using Xunit;

namespace UniMed.Tests;

public sealed class CommandTests
{
    private static readonly string[] TextMembers = ["task", "text", "token_ids", "finish_reason"];

    [Fact]
    public async Task Ask_prints_the_answer_and_nothing_else()
    {
        CliRun run = await CliRun.Of("ask", CliRun.Slice(), "Which plane is this MRI slice in?");
        Assert.Equal((ExitCode.Success, "axial\n", ""), (run.ExitCode, run.Output.ReplaceLineEndings("\n"), run.Error));
    }

    [Fact]
    public async Task Ask_as_JSON_has_exactly_the_documented_members()
    {
        string[] question = ["ask", CliRun.Slice(), "Which plane is this MRI slice in?", "--json"];
        CliRun plain = await CliRun.Of(question);
        Assert.Equal(TextMembers, CliRun.Members(plain.Json));
        Assert.Equal("axial", plain.Json.GetProperty("text").GetString());

        CliRun full = await CliRun.Of([.. question, "--routing", "--timings", "--log-probabilities"]);
        Assert.Equal([.. TextMembers, "log_probabilities", "uncalibrated_score", "routing", "timings_ms"], CliRun.Members(full.Json));
        Assert.Equal(["log_probability", "mean_log_probability", "perplexity"], CliRun.Members(full.Json.GetProperty("uncalibrated_score")));
        Assert.Equal(
            full.Json.GetProperty("log_probabilities").EnumerateArray().Sum(value => value.GetDouble()), full.Json.GetProperty("uncalibrated_score").GetProperty("log_probability").GetDouble(), 1e-5);
        Assert.Equal(["vision", "connector", "prefill", "tokens"], CliRun.Members(full.Json.GetProperty("timings_ms")));
        int tokens = full.Json.GetProperty("token_ids").GetArrayLength();
        Assert.Equal(tokens, full.Json.GetProperty("log_probabilities").GetArrayLength());
        Assert.Equal(tokens, full.Json.GetProperty("timings_ms").GetProperty("tokens").GetArrayLength());
        Assert.Equal(1, full.Json.GetProperty("routing").EnumerateArray().Sum(weight => weight.GetDouble()), 1e-5);
    }

    [Fact]
    public async Task Ask_shows_several_images_in_their_order()
    {
        CliRun run = await CliRun.Of("ask", Golden.Path("nano", "images", "mri_axial_080.png"), Golden.Path("nano", "images", "mri_coronal_164.png"), "Which plane is this MRI slice in?");
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.NotEmpty(run.Output.Trim());
        CliRun single = await CliRun.Of("ask", Golden.Path("nano", "images", "mri_axial_080.png"), "Which plane is this MRI slice in?");
        Assert.NotEqual(single.Output, run.Output);
    }

    [Fact]
    public async Task Details_are_shown_to_people_when_they_ask_for_them()
    {
        CliRun run = await CliRun.Of("ask", CliRun.Slice(), "Which plane is this MRI slice in?", "--routing", "--timings", "--log-probabilities");
        Assert.StartsWith("axial", run.Output, StringComparison.Ordinal);
        Assert.Contains("mean routing weight", run.Output, StringComparison.Ordinal);
        Assert.Contains("log-probability", run.Output, StringComparison.Ordinal);
        Assert.Contains("uncalibrated", run.Output, StringComparison.Ordinal);
        Assert.Contains("prefill", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Output);
    }

    [Fact]
    public async Task Locate_gives_percent_and_pixels_and_draws_the_box()
    {
        using var folder = new TemporaryFolder();
        string picture = folder.File("found.png");
        CliRun run = await CliRun.Of("locate", CliRun.Slice("mri_sagittal_073"), "left thalamus", "--output", picture, "--json");
        Assert.Equal([.. TextMembers, "box", "picture"], CliRun.Members(run.Json));
        JsonElement box = run.Json.GetProperty("box");
        Assert.Equal("{<44><47><55><62>}", run.Json.GetProperty("text").GetString());
        Assert.Equal([44, 47, 55, 62], box.GetProperty("percent").EnumerateArray().Select(side => side.GetInt32()));
        Assert.Equal([95.48, 85.07, 119.35, 112.22], box.GetProperty("pixels").EnumerateArray().Select(side => Math.Round(side.GetDouble(), 2)));
        Assert.True(MedicalImage.Load(picture).Width >= 512);

        CliRun human = await CliRun.Of("locate", CliRun.Slice("mri_sagittal_073"), "left thalamus");
        Assert.Contains("44 47 55 62", human.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Locate_without_a_box_says_so_and_draws_nothing()
    {
        using var folder = new TemporaryFolder();
        string picture = folder.File("found.png");
        string[] cutOff = ["locate", CliRun.Slice(), "left insula", "--max-new-tokens", "3"];
        CliRun json = await CliRun.Of([.. cutOff, "--json"]);
        Assert.Equal(JsonValueKind.Null, json.Json.GetProperty("box").ValueKind);
        Assert.Contains("no box", (await CliRun.Of(cutOff)).Output, StringComparison.Ordinal);

        CliRun drawn = await CliRun.Of([.. cutOff, "--output", picture]);
        Assert.Equal(ExitCode.Failed, drawn.ExitCode);
        Assert.False(File.Exists(picture));
    }

    [Fact]
    public async Task Identify_takes_percent_or_pixels()
    {
        CliRun percent = await CliRun.Of("identify", CliRun.Slice(), "--box", "65,26,75,52", "--json");
        CliRun pixels = await CliRun.Of("identify", CliRun.Slice(), "--box", "119,57,137,113", "--pixels", "--json");
        Assert.Equal("right insula", percent.Json.GetProperty("text").GetString());
        Assert.Equal(percent.Output, pixels.Output);
        Assert.Equal(TextMembers, CliRun.Members(percent.Json));
    }

    [Fact]
    public async Task Describe_streams_the_text_that_JSON_gives_whole()
    {
        CliRun streamed = await CliRun.Of("describe", CliRun.Slice());
        CliRun whole = await CliRun.Of("describe", CliRun.Slice(), "--json");
        Assert.StartsWith("Axial T1-weighted MRI of the brain", streamed.Output, StringComparison.Ordinal);
        Assert.Equal(whole.Json.GetProperty("text").GetString(), streamed.Output.TrimEnd('\r', '\n'));
        Assert.Equal(TextMembers, CliRun.Members(whole.Json));
    }

    [Fact]
    public async Task Describe_takes_an_instruction_and_says_when_the_text_was_cut_off()
    {
        CliRun run = await CliRun.Of("describe", CliRun.Slice(), "--instruction", "Describe this input image. ", "--max-new-tokens", "4");
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Contains("--max-new-tokens", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Classify_gives_every_label_a_probability()
    {
        string[] args = ["classify", CliRun.Slice(), "--label", "coronal brain MRI", "--label", "axial brain MRI", "--label", "sagittal brain MRI"];
        CliRun run = await CliRun.Of([.. args, "--json"]);
        Assert.Equal([.. TextMembers, "label", "scores"], CliRun.Members(run.Json));
        Assert.Equal("axial brain MRI", run.Json.GetProperty("label").GetString());
        JsonElement[] scores = [.. run.Json.GetProperty("scores").EnumerateArray()];
        Assert.Equal(3, scores.Length);
        Assert.Equal(["label", "probability", "log_probability"], CliRun.Members(scores[0]));
        Assert.Equal(1, scores.Sum(score => score.GetProperty("probability").GetDouble()), 1e-9);

        CliRun human = await CliRun.Of(args);
        Assert.Contains("█", human.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Constraints_hold_whatever_is_drawn()
    {
        using var folder = new TemporaryFolder();
        string schema = folder.Write("schema.json", "{\"type\": \"array\", \"items\": {\"type\": \"boolean\"}, \"minItems\": 1, \"maxItems\": 3}");
        string[] hot = ["--do-sample", "--temperature", "50", "--top-k", "0", "--top-p", "1", "--seed", "5", "--json"];
        CliRun box = await CliRun.Of(["ask", CliRun.Slice(), "Where?", "--constrain", "box", .. hot]);
        Assert.Matches(@"^\{(<\d{1,3}>){4}\}$", box.Json.GetProperty("text").GetString());
        CliRun choice = await CliRun.Of(["ask", CliRun.Slice(), "Where?", "--choice", "far left", "--choice", "far right", .. hot]);
        Assert.Contains(choice.Json.GetProperty("text").GetString(), (string[])["far left", "far right"]);
        CliRun json = await CliRun.Of(["ask", CliRun.Slice(), "Where?", "--json-schema", schema, .. hot]);
        Assert.InRange(JsonSerializer.Deserialize<bool[]>(json.Json.GetProperty("text").GetString()!)!.Length, 1, 3);
        CliRun label = await CliRun.Of(["classify", CliRun.Slice(), "--label", "near", "--label", "far", "--constrain-to-labels", .. hot]);
        Assert.Contains(label.Json.GetProperty("text").GetString(), (string[])["near", "far"]);
    }

    [Fact]
    public async Task Samples_give_the_most_common_answer_and_how_far_they_agree()
    {
        string[] hot = ["--samples", "5", "--temperature", "20", "--top-k", "0", "--top-p", "1", "--seed", "3"];
        CliRun json = await CliRun.Of(["locate", CliRun.Slice(), "left insula", "--constrain", "box", "--json", .. hot]);
        Assert.Equal([.. TextMembers, "box", "uncalibrated_agreement"], CliRun.Members(json.Json));
        JsonElement agreement = json.Json.GetProperty("uncalibrated_agreement");
        Assert.Equal(["samples", "share", "mean_pairwise_iou"], CliRun.Members(agreement));
        Assert.Equal((5, 0.2), (agreement.GetProperty("samples").GetInt32(), agreement.GetProperty("share").GetDouble()));
        Assert.InRange(agreement.GetProperty("mean_pairwise_iou").GetDouble(), 0, 0.9);

        CliRun sure = await CliRun.Of("answer", "which blood cell fights infection ?", "--samples", "3", "--top-k", "1");
        Assert.StartsWith("white blood cell", sure.Output, StringComparison.Ordinal);
        Assert.Contains("3 of 3 samples say so (uncalibrated)", sure.Output, StringComparison.Ordinal);
        CliRun ask = await CliRun.Of(["ask", CliRun.Slice(), "Which plane is this MRI slice in?", "--json", "--samples", "2", "--top-k", "1"]);
        Assert.Equal([.. TextMembers, "uncalibrated_agreement"], CliRun.Members(ask.Json));
        CliRun identify = await CliRun.Of(["identify", CliRun.Slice(), "--box", "65,26,75,52", "--json", "--samples", "2", "--top-k", "1"]);
        Assert.Equal("right insula", identify.Json.GetProperty("text").GetString());
    }

    [Fact]
    public async Task Answer_needs_no_image()
    {
        CliRun run = await CliRun.Of("answer", "which blood cell fights infection ?", "--json", "--model", Golden.NanoModel, "--device", "reference");
        Assert.Equal("white blood cell", run.Json.GetProperty("text").GetString());
        Assert.Equal(TextMembers, CliRun.Members(run.Json));
    }

    [Fact]
    public async Task Sampling_with_one_seed_gives_one_answer()
    {
        string[] args = ["describe", CliRun.Slice(), "--do-sample", "--temperature", "3", "--top-p", "1", "--top-k", "0", "--seed", "7", "--json", "--max-new-tokens", "12"];
        CliRun first = await CliRun.Of(args);
        Assert.Equal(first.Output, (await CliRun.Of(args)).Output);
        Assert.NotEqual((await CliRun.Of("describe", CliRun.Slice(), "--json", "--max-new-tokens", "12")).Output, first.Output);
    }

    [Fact]
    public async Task Sixteen_bit_images_take_a_window()
    {
        using var folder = new TemporaryFolder();
        string image = folder.File("gray16.png");
        Gray16File.Write(image, 40, 30, (x, y) => (ushort)((x * 1000) + (y * 300)));
        string[] question = ["ask", image, "Which plane is this MRI slice in?", "--json", "--log-probabilities"];
        CliRun full = await CliRun.Of(question);
        CliRun windowed = await CliRun.Of([.. question, "--window-center", "20000", "--window-width", "5000"]);
        CliRun inverted = await CliRun.Of([.. question, "--monochrome1"]);
        Assert.All([full, windowed, inverted], run => Assert.Equal(ExitCode.Success, run.ExitCode));
        Assert.Equal(3, new[] { full.Output, windowed.Output, inverted.Output }.Distinct().Count());
    }

    [Fact]
    public async Task Info_shows_sizes_parameters_and_sources()
    {
        CliRun json = await CliRun.Of("info", "--model", Golden.NanoModel, "--json");
        Assert.Equal(["folder", "config", "parts", "dtypes", "files"], CliRun.Members(json.Json));
        long parameters = json.Json.GetProperty("parts").EnumerateArray().Sum(part => part.GetProperty("parameters").GetInt64());
        Assert.Equal(9_805_973, parameters);
        Assert.Equal(parameters, json.Json.GetProperty("dtypes").EnumerateArray().Sum(type => type.GetProperty("parameters").GetInt64()));
        Assert.Equal(["connector", "language", "vision"], json.Json.GetProperty("parts").EnumerateArray().Select(part => part.GetProperty("name").GetString()!).Order(StringComparer.Ordinal));

        CliRun human = await CliRun.Of("info");
        foreach (string expected in (string[])["moe_mlp", "router_task_token", "9,805,973", "f16", "eva_vit_g.pth", "unimed-convert"])
            Assert.Contains(expected, human.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Devices_lists_what_there_is_and_why_not()
    {
        JsonElement devices = (await CliRun.Of("devices", "--json")).Json.GetProperty("devices");
        Assert.Contains(devices.EnumerateArray(), device => device.GetProperty("name").GetString() == "reference" && device.GetProperty("is_available").GetBoolean());
        Assert.All(devices.EnumerateArray(), device => Assert.NotEmpty(device.GetProperty("detail").GetString()!));
        Assert.Contains("reference", (await CliRun.Of("devices")).Output, StringComparison.Ordinal);
    }
}
