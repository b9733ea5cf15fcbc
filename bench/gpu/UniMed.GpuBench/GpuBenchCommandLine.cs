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
        var batches = new Option<int[]>("--batch") { Description = "Requests answered together. Several may be named.", DefaultValueFactory = _ => [1, 8, 32], AllowMultipleArgumentsPerToken = true };
        Option<int> prompt = Number("--prompt", "Positions of each prompt, visual tokens included.", 128);
        Option<int> newTokens = Number("--new", "Tokens generated after it.", 64);
        Option<int> repeat = Number("--repeat", "Measurements of each figure; warm-up comes before them.", 20);
        Option<int> copy = Number("--copy-mib", "MiB copied to measure bandwidth.", 1024);
        Option<int> cases = Number("--golden-cases", "Golden answers asked for, from the first.", int.MaxValue);
        var seed = new Option<int>("--seed") { Description = "Seed of all random numbers.", DefaultValueFactory = _ => 1 };
        var model = new Option<string>("--model") { Description = "Folder of the small model.", DefaultValueFactory = _ => Beside("models/unimed-nano") };
        var golden = new Option<string>("--golden") { Description = "Folder of its golden answers.", DefaultValueFactory = _ => Beside("tests/golden/nano") };
        var json = new Option<string?>("--json") { Description = "File for the results as JSON." };
        var root = new RootCommand(
            "Checks and times UniMed's CUDA kernels and model on a card.\n\nExit codes: 0 all passed, 1 a check failed, 2 wrong usage, 3 no such device, 130 cancelled.")
        {
            device, sections, shape, dtypes, batches, prompt, newTokens, repeat, copy, cases, seed, model, golden, json,
        };
        root.SetAction(async (parsed, cancellation) =>
        {
            var settings = new BenchSettings
            {
                Device = parsed.GetRequiredValue(device),
                Sections = [.. parsed.GetRequiredValue(sections).Distinct().Order()],
                Shape = SyntheticShape.All.Single(known => known.Name == parsed.GetRequiredValue(shape)),
                Dtypes = [.. parsed.GetRequiredValue(dtypes).Distinct()],
                Batches = [.. parsed.GetRequiredValue(batches).Distinct().Order()],
                PromptTokens = parsed.GetRequiredValue(prompt),
                NewTokens = parsed.GetRequiredValue(newTokens),
                Repeat = parsed.GetRequiredValue(repeat),
                CopyBytes = (long)parsed.GetRequiredValue(copy) << 20,
                Seed = parsed.GetRequiredValue(seed),
                ModelFolder = parsed.GetRequiredValue(model),
                GoldenFolder = parsed.GetRequiredValue(golden),
                GoldenCases = parsed.GetRequiredValue(cases),
                JsonFile = parsed.GetValue(json),
            };
            return await new BenchRun(settings, string.Join(' ', args), output).RunAsync(cancellation) ? Passed : Failed;
        });
        batches.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int[]>().Any(batch => batch < 1))
                result.AddError("--batch must be 1 or more.");
        });
        newTokens.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 2)
                result.AddError("--new must be 2 or more: the first token belongs to the prompt.");
        });
        return root;
    }

    private static Option<int> Number(string name, string description, int value)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
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
