using System.CommandLine;
using System.CommandLine.Parsing;
using UniMed.Bench;
using UniMed.Bench.Serving;

namespace UniMed.Cli.Commands;

/// <summary>The options that turn 'unimed bench' to an engine: --concurrency, and what goes with it.</summary>
internal sealed class ServingFlags
{
    private const int MaxConcurrency = 256;
    private const int DefaultPictures = 4;
    private const int DefaultOwn = 16;

    private readonly Option<int[]> _concurrency = new("--concurrency")
    {
        Description = $"Measure an engine that answers so many requests at once, 1 to {MaxConcurrency}; several may be named. As many clients send a request each time they have an answer.",
        HelpName = "N",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int?> _requests = NumberOption.CreateOptional<int>("--requests", "With --concurrency: requests of a round [default: twice the largest concurrency].");

    private readonly Option<ServingMix?> _mix = new("--mix")
    {
        Description = "With --concurrency: qa (no images), vqa (an image each), tasks (vqa, refer, identify, caption and qa in turn) [default: vqa].",
    };

    private readonly Option<int?> _pictures = NumberOption.CreateOptional<int>("--pictures", $"With --concurrency: different pictures among the requests, in turn [default: {DefaultPictures}].");

    private readonly Option<int?> _own = NumberOption.CreateOptional<int>(
        "--own", $"With --concurrency: positions at the end of each prompt that no other has; the rest is the same for a task and picture [default: {DefaultOwn}].");

    private readonly Option<ServingGainKind[]> _gains = new("--gain")
    {
        Description = "With --concurrency: what to show one by one: batching, prefixes, features, images, picture, overhead; several may be named [default: all that apply].",
        AllowMultipleArgumentsPerToken = true,
    };

    private IEnumerable<Option> Options => [_concurrency, _requests, _mix, _pictures, _own, _gains];

    public void AddTo(Command command)
    {
        foreach (Option option in Options)
            command.Add(option);
    }

    /// <summary>What to measure of an engine; null when nothing of it was asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="model">Model, device, lengths and repetitions.</param>
    /// <exception cref="UsageException">An option does not go with the others.</exception>
    public ServingBenchRequest? Read(ParseResult parsed, BenchRequest model)
    {
        int[] concurrencies = [.. (parsed.GetValue(_concurrency) ?? []).Distinct()];
        if (concurrencies.Length == 0)
        {
            return Options.FirstOrDefault(option => parsed.GetResult(option) is not null) is { } alone
                ? throw new UsageException($"{alone.Name} is for measuring an engine. Add --concurrency, or leave it out.")
                : null;
        }

        foreach (int concurrency in concurrencies)
        {
            if (concurrency is < 1 or > MaxConcurrency)
                throw new UsageException($"--concurrency is {concurrency}; it must be from 1 to {MaxConcurrency}.");
        }

        if (model.Images is not null || model.Dtypes.Count > 1 || parsed.GetResult("--batch") is OptionResult { Implicit: false })
            throw new UsageException("--concurrency goes with one --dtype and without --batch and --images: the engine makes its batches, and --mix says which requests have an image.");
        int requests = parsed.GetValue(_requests) ?? 2 * concurrencies.Max();
        ServingMix mix = parsed.GetValue(_mix) ?? ServingMix.Vqa;
        var load = new ServingLoad(requests, mix, parsed.GetValue(_pictures) ?? Math.Min(DefaultPictures, requests), model.PromptTokens, parsed.GetValue(_own) ?? DefaultOwn, model.NewTokens);
        Require("--requests", load.Requests, 1);
        Require("--pictures", load.Pictures, 1);
        Require("--own", load.OwnTokens, 1);
        return new ServingBenchRequest(
            model.Folder, model.Shape, model.Dtypes[0], model.Device, model.Threads, concurrencies, load, Gains(parsed.GetValue(_gains), mix, concurrencies), model.Repeat, model.Seed);
    }

    private static ServingGainKind[] Gains(ServingGainKind[]? named, ServingMix mix, int[] concurrencies)
    {
        if (named is not { Length: > 0 })
            return [.. Enum.GetValues<ServingGainKind>().Where(kind => WhyNot(kind, mix, concurrencies) is null)];
        foreach (ServingGainKind kind in named)
        {
            if (WhyNot(kind, mix, concurrencies) is { } reason)
                throw new UsageException($"--gain {kind.ToString().ToLowerInvariant()} cannot be measured: {reason}");
        }

        return [.. named.Distinct()];
    }

    private static string? WhyNot(ServingGainKind kind, ServingMix mix, int[] concurrencies) => kind switch
    {
        ServingGainKind.Batching when concurrencies.Length == 1 => "it compares two concurrencies. Name another with --concurrency.",
        ServingGainKind.Features or ServingGainKind.Images or ServingGainKind.Picture when mix == ServingMix.Qa => "--mix qa has no images. Choose another mix.",
        _ => null,
    };

    private static void Require(string option, int value, int min)
    {
        if (value < min)
            throw new UsageException($"{option} is {value}; it must be {min} or more.");
    }
}
