using System.CommandLine;
using UniMed.Bench;
using UniMed.Bench.Serving;
using UniMed.Bench.Synthetic;
using UniMed.Cli.Rendering;
using UniMed.Cli.Streams;
using UniMed.Native;

namespace UniMed.Cli.Commands;

/// <summary>unimed bench: how fast a model answers here.</summary>
internal static class BenchCommand
{
    public static Command Create(CommandConsole console)
    {
        Option<string?> model = ModelFlags.FolderOption();
        var shape = new Option<string?>("--shape")
        {
            Description = $"Measure a model of this size with random weights instead of a folder: {string.Join(", ", SyntheticShape.All.Select(known => known.Name))}.",
            HelpName = "NAME",
        };
        var dtypes = new Option<SyntheticDtype[]>("--dtype")
        {
            Description = "How random matrices are stored: f32, f16, bf16, int8, int4; several may be named [default: f16].",
            AllowMultipleArgumentsPerToken = true,
        };
        var device = new Option<string>("--device")
        {
            Description = "Device to run on, as 'unimed devices' lists them; auto takes the best one there is.",
            HelpName = "NAME",
            DefaultValueFactory = _ => DeviceCatalog.Auto,
        };
        Option<int?> threads = ModelFlags.ThreadsOption();
        Option<int> prompt = NumberOption.Create("--prompt", "Positions of each prompt, visual tokens included.", 128);
        Option<int> newTokens = NumberOption.Create("--new", "Tokens generated after it, 2 or more.", 32);
        var batches = new Option<int[]>("--batch") { Description = "Requests answered together; several may be named.", DefaultValueFactory = _ => [1], AllowMultipleArgumentsPerToken = true };
        Option<int?> images = NumberOption.CreateOptional<int>("--images", "Images of each request [default: 1 where the model takes images].");
        Option<int> repeat = NumberOption.Create("--repeat", "Answers measured, after one that warms up; with --concurrency rounds over all requests.", 5);
        var serving = new ServingFlags();
        Option<int> seed = NumberOption.Create("--seed", "Seed of random weights, images and prompts.", 1);
        var chart = new Option<string?>("--chart") { Description = "Write a bar chart as PNG.", HelpName = "PNG" };
        Option<bool> json = JsonFlag.Create();
        var command = new Command("bench", "Measure how fast a model answers on this machine: a model folder, or any size with random weights.")
        {
            model, shape, dtypes, device, threads, prompt, newTokens, batches, images, repeat, seed, chart, json,
        };
        serving.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            BenchRequest request = Check(new BenchRequest(
                parsed.GetValue(shape) is null ? ModelFlags.ResolveFolder(parsed.GetValue(model)) : null,
                Shape(parsed.GetValue(shape), parsed.GetValue(model), parsed.GetValue(dtypes)),
                parsed.GetValue(dtypes) is { Length: > 0 } named ? [.. named.Distinct()] : [SyntheticDtype.F16],
                parsed.GetRequiredValue(device),
                parsed.GetValue(threads),
                parsed.GetRequiredValue(prompt),
                parsed.GetRequiredValue(newTokens),
                [.. parsed.GetRequiredValue(batches).Distinct()],
                parsed.GetValue(images),
                parsed.GetRequiredValue(repeat),
                parsed.GetRequiredValue(seed)));
            console.RequireOutput();
            OutputFile? picture = parsed.GetValue(chart) is { } path ? new OutputFile("--chart", path, Inputs(request)) : null;
            picture?.Check();
            if (serving.Read(parsed, request) is { } load)
                return await ServeAsync(console, load, picture, parsed.GetValue(json), cancellation);
            BenchRecord record = await new BenchRunner(request, console.Note).RunAsync(cancellation);
            if (picture is not null)
                await picture.WriteAsync(console, BenchChart.Draw(record), cancellation);
            if (parsed.GetValue(json))
                AnswerPrinter.WriteJson(console, record, UnimedJson.Lines.BenchRecord);
            else
                BenchPrinter.Print(console.Rich(), record);
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<int> ServeAsync(CommandConsole console, ServingBenchRequest request, OutputFile? chart, bool json, CancellationToken cancellation)
    {
        ServingBenchRecord record = await new ServingBenchRunner(request, console.Note).RunAsync(cancellation);
        if (chart is not null)
            await chart.WriteAsync(console, ServingChart.Draw(record), cancellation);
        if (json)
            AnswerPrinter.WriteJson(console, record, UnimedJson.Lines.ServingBenchRecord);
        else
            ServingBenchPrinter.Print(console.Rich(), record);
        return ExitCode.Success;
    }

    private static InputFiles Inputs(BenchRequest request) =>
        request.Folder is { } folder ? new InputFiles().AddFolder(folder, "a file of the model") : new InputFiles();

    private static SyntheticShape? Shape(string? name, string? folder, SyntheticDtype[]? dtypes)
    {
        if (name is null)
            return dtypes is { Length: > 0 } ? throw new UsageException("--dtype is for random weights; a folder's are used as they are stored. Add --shape, or leave --dtype out.") : null;
        if (folder is not null)
            throw new UsageException("--model and --shape are both given; a folder has sizes of its own. Leave one out.");
        return SyntheticShape.All.FirstOrDefault(known => known.Name == name)
            ?? throw new UsageException($"--shape is '{name}'; it must be one of {string.Join(", ", SyntheticShape.All.Select(known => known.Name))}.");
    }

    private static BenchRequest Check(BenchRequest request)
    {
        Require("--threads", request.Threads ?? 1, 1);
        ModelFlags.RequireThreads(request.Device, request.Threads);
        Require("--prompt", request.PromptTokens, 1);
        Require("--new", request.NewTokens, 2);
        Require("--repeat", request.Repeat, 1);
        Require("--batch", request.Batches.Min(), 1);
        Require("--images", request.Images ?? 0, 0);
        return request;
    }

    private static void Require(string option, int value, int min)
    {
        if (value < min)
            throw new UsageException($"{option} is {value}; it must be {min} or more.");
    }
}
