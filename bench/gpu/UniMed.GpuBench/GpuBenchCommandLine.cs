using System.CommandLine;
using UniMed.Bench.Synthetic;
using UniMed.Inference;
using UniMed.Native;
using UniMed.Native.Cuda;

namespace UniMed.GpuBench;

/// <summary>The command line, and what its outcome means to a script.</summary>
internal static class GpuBenchCommandLine
{
    /// <summary>Everything passed.</summary>
    public const int Passed = 0;

    /// <summary>A check or an answer failed, or the card did.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>There is no such device here.</summary>
    public const int NoDevice = 3;

    /// <summary>Ctrl+C.</summary>
    public const int Cancelled = 130;

    private const int DefaultPrompt = 128;
    private const int MaxMinutes = 24 * 60;

    /// <summary>Runs one command line.</summary>
    public static async Task<int> InvokeAsync(string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        RootCommand root = Create(args, output);
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            error.WriteLine($"unimed-gpu-bench: {string.Join(" ", parsed.Errors.Select(found => found.Message))} See --help.");
            return Usage;
        }

        try
        {
            var streams = new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(streams, cancellationToken);
        }
        catch (DeviceUnavailableException missing)
        {
            error.WriteLine($"unimed-gpu-bench: {missing.Message}");
            return NoDevice;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            error.WriteLine("unimed-gpu-bench: cancelled.");
            return Cancelled;
        }
        catch (Exception failure) when (failure is UniMedException or CudaException or OutOfMemoryException or ArgumentException)
        {
            error.WriteLine($"unimed-gpu-bench: {failure.Message}");
            return Failed;
        }
    }

    private static RootCommand Create(string[] args, TextWriter output)
    {
        var device = new Option<string>("--device") { Description = "cuda (the first card), cuda:N, or cuda-emulated (the kernels on the CPU; times mean nothing).", DefaultValueFactory = _ => "cuda" };
        var sections = new Option<BenchSection[]>("--section")
        {
            Description = "check: operations against the reference; nano: the small model's golden answers; kernels: each kernel's time; model: a whole model's. Several may be named.",
            DefaultValueFactory = _ => Enum.GetValues<BenchSection>(),
            AllowMultipleArgumentsPerToken = true,
        };
        var shape = new Option<string>("--shape") { Description = "Sizes for check, kernels and model.", DefaultValueFactory = _ => SyntheticShape.UniMed7B.Name };
        shape.AcceptOnlyFromAmong([.. SyntheticShape.All.Select(known => known.Name)]);
        var dtypes = new Option<SyntheticDtype[]>("--dtype")
        {
            Description = "How matrices are stored: f16, bf16, int8, int4. Several may be named.",
            DefaultValueFactory = _ => [SyntheticDtype.F16, SyntheticDtype.Int8, SyntheticDtype.Int4],
            AllowMultipleArgumentsPerToken = true,
        };
        var plan = new Option<string>("--plan") { Description = $"What is measured where nothing else is said. {Words(BenchPlan.Full)}; {Words(BenchPlan.Quick)}.", DefaultValueFactory = _ => BenchPlan.Full.Name };
        plan.AcceptOnlyFromAmong(BenchPlan.Quick.Name, BenchPlan.Full.Name);
        BenchPlan Planned(ParseResult parsed) => BenchPlan.Of(parsed.GetRequiredValue(plan));
        var minutes = new Option<double?>("--minutes") { Description = "Most time of the run: sections share it, and what there is no time for is left out and named. 0 for no limit; default: the plan's." };
        var batches = new Option<int[]?>("--batch") { Description = "Requests answered together. Several may be named. Default: the plan's.", AllowMultipleArgumentsPerToken = true };
        Option<int?> prompt = Number("--prompt", "Positions of each prompt, visual tokens included. Default: 128.");
        Option<int?> newTokens = Number("--new", "Tokens generated after it. Default: the plan's.");
        Option<int?> repeat = Number("--repeat", "Measurements of each figure; warm-up comes before them. Default: the plan's.");
        Option<int?> copy = Number("--copy-mib", "MiB copied to measure bandwidth. Default: the plan's.");
        Option<int?> cases = Number("--golden-cases", "Golden answers asked for, from the first. Default: all.");
        var seed = new Option<int>("--seed") { Description = "Seed of all random numbers.", DefaultValueFactory = _ => 1 };
        var model = new Option<string>("--model") { Description = "Folder of the small model.", DefaultValueFactory = _ => Beside("models/unimed-nano") };
        var golden = new Option<string>("--golden") { Description = "Folder of its golden answers.", DefaultValueFactory = _ => Beside("tests/golden/nano") };
        var json = new Option<string?>("--json") { Description = "File for the results as JSON." };
        var root = new RootCommand(
            "Checks and times UniMed's CUDA kernels and model on a card.\n\nExit codes: 0 all passed, 1 a check failed, 2 wrong usage, 3 no such device, 130 cancelled.")
        {
            device, plan, minutes, sections, shape, dtypes, batches, prompt, newTokens, repeat, copy, cases, seed, model, golden, json,
        };
        root.SetAction(async (parsed, cancellation) =>
        {
            BenchPlan planned = Planned(parsed);
            double limit = parsed.GetValue(minutes) ?? planned.Minutes;
            var settings = new BenchSettings
            {
                Device = parsed.GetRequiredValue(device),
                Limit = limit == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMinutes(limit),
                Sections = [.. parsed.GetRequiredValue(sections).Distinct().Order()],
                Shape = SyntheticShape.All.Single(known => known.Name == parsed.GetRequiredValue(shape)),
                Dtypes = [.. parsed.GetRequiredValue(dtypes).Distinct()],
                Batches = [.. (parsed.GetValue(batches) is { Length: > 0 } asked ? asked : planned.Batches).Distinct().Order()],
                PromptTokens = parsed.GetValue(prompt) ?? DefaultPrompt,
                NewTokens = parsed.GetValue(newTokens) ?? planned.NewTokens,
                Repeat = parsed.GetValue(repeat) ?? planned.Repeat,
                CopyBytes = (long)(parsed.GetValue(copy) ?? planned.CopyMebibytes) << 20,
                Seed = parsed.GetRequiredValue(seed),
                ModelFolder = parsed.GetRequiredValue(model),
                GoldenFolder = parsed.GetRequiredValue(golden),
                GoldenCases = parsed.GetValue(cases) ?? int.MaxValue,
                JsonFile = parsed.GetValue(json),
            };
            return await new BenchRun(settings, string.Join(' ', args), output).RunAsync(cancellation) ? Passed : Failed;
        });
        batches.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int[]?>() is { } asked && asked.Any(batch => batch < 1))
                result.AddError("--batch must be 1 or more.");
        });
        newTokens.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() < 2)
                result.AddError("--new must be 2 or more: the first token belongs to the prompt.");
        });
        minutes.Validators.Add(result =>
        {
            if (!(result.GetValueOrDefault<double?>() is null or (>= 0 and <= MaxMinutes)))
                result.AddError($"--minutes must be 0 (no limit) to {MaxMinutes}.");
        });
        return root;
    }

    private static string Words(BenchPlan plan) =>
        $"{plan.Name}: batches {string.Join(" ", plan.Batches)}, {plan.NewTokens} new tokens, {plan.Repeat} measurements, {plan.CopyMebibytes} MiB copied, {plan.Minutes} minutes at most";

    private static Option<int?> Number(string name, string description)
    {
        var option = new Option<int?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() < 1)
                result.AddError($"{name} must be 1 or more.");
        });
        return option;
    }

    /// <summary>What a pack holds beside the program, or the repository above it.</summary>
    private static string Beside(string relative)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, relative);
            if (Directory.Exists(candidate))
                return candidate;
        }

        return relative;
    }
}
