using System.Diagnostics;
using UniMed.Bench.Synthetic;
using UniMed.Inference;

namespace UniMed.Bench.Serving;

/// <summary>Serves a load through an engine at each concurrency, and with each thing that an engine shares switched off and on, all in turns: what slows the machine down meets everybody.</summary>
/// <param name="request">What to measure.</param>
/// <param name="progress">Takes a line before each part of the work.</param>
public sealed class ServingBenchRunner(ServingBenchRequest request, Action<string> progress)
{
    private const int WarmUpTokens = 2;

    /// <summary>Until code is compiled for good and weights have been read once.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    private readonly int _minConcurrency = request.Concurrencies.Min();
    private readonly int _maxConcurrency = request.Concurrencies.Max();

    /// <summary>Measures.</summary>
    /// <param name="cancellationToken">Ends it before the next answer.</param>
    /// <exception cref="UniMedException">The device is not there, or the model cannot take the load.</exception>
    public async Task<ServingBenchRecord> RunAsync(CancellationToken cancellationToken)
    {
        progress($"loading {request.Model}, {request.Weights}");
        ServingLoad load = request.Load;
        int cached = load.EngineTokens(_maxConcurrency);
        // One more sequence for the model itself, whose answers the engine's are compared with.
        using UniMedModel model = Load(new UniMedModelOptions { Device = request.Device, Threads = request.Threads, KvCacheTokens = cached + load.CachedTokens });
        IReadOnlyList<ServingRequest> requests = ServingRequests.Make(model, load, request.Seed);
        var options = new EngineOptions { KvCacheTokens = cached };
        bool eachItsOwn = load.Pictures == load.Requests && load.Mix != ServingMix.Qa;
        ServingSetting[] rows = [.. request.Concurrencies.Select(concurrency => new ServingSetting(
            $"{concurrency} at once{(eachItsOwn ? ", a picture each" : "")}", requests, concurrency, options))];
        ServingSetting busiest = rows.First(row => row.Concurrency == _maxConcurrency);
        ServingSetting different = eachItsOwn ? busiest : new ServingSetting($"{_maxConcurrency} at once, a picture each", WithPictures(model, load.Requests), _maxConcurrency, options);
        (string Name, ServingSetting Without, ServingSetting With)[] gains = [.. request.Gains.Where(kind => kind != ServingGainKind.Overhead).Select(kind => kind switch
        {
            ServingGainKind.Batching => ("batching", rows.First(row => row.Concurrency == _minConcurrency), busiest),
            ServingGainKind.Prefixes => ("shared prefixes", busiest with { Label = $"{_maxConcurrency} at once, prefixes not shared", Options = options with { SharePrefixes = false }, Rounds = [] }, busiest),
            // A shared prefix needs no visual tokens, and requests that run together share an image while they do.
            ServingGainKind.Features => (
                "visual cache",
                new ServingSetting("one after another, no prefixes, no visual cache", requests, 1, options with { SharePrefixes = false, VisualCacheBytes = 0 }),
                new ServingSetting("one after another, no prefixes, visual cache", requests, 1, options with { SharePrefixes = false })),
            ServingGainKind.Images => (
                "images together",
                different with { Label = $"{_maxConcurrency} at once, a picture each, one image a pass", Options = options with { MaxImagesAtOnce = 1 }, Rounds = [] },
                different),
            ServingGainKind.Picture => ("same picture", different, new ServingSetting($"{_maxConcurrency} at once, the same picture", WithPictures(model, 1), _maxConcurrency, options)),
            _ => throw new InvalidOperationException($"{kind} is no pair of settings."),
        })];
        ServingSetting[] settings = [.. rows.Concat(gains.SelectMany(gain => new[] { gain.Without, gain.With })).Distinct()];

        progress("warming up");
        long started = Stopwatch.GetTimestamp();
        do
        {
            await ServingBenchmark.RunAsync(model, [.. requests.Take(_maxConcurrency)], WarmUpTokens, _maxConcurrency, options, cancellationToken);
        }
        while (Stopwatch.GetElapsedTime(started) < WarmUp);

        var pairs = new List<(double Model, double Engine)>();
        for (int round = 0; round < request.Repeat; round++)
        {
            foreach (ServingSetting setting in settings)
            {
                progress($"round {round + 1} of {request.Repeat}: {setting.Label}");
                setting.Rounds.Add(await ServingBenchmark.RunAsync(model, setting.Requests, load.NewTokens, setting.Concurrency, setting.Options, cancellationToken));
            }

            if (request.Gains.Contains(ServingGainKind.Overhead))
            {
                progress($"round {round + 1} of {request.Repeat}: one request to model and engine");
                pairs.AddRange(await PairsAsync(model, requests[0], options, cancellationToken));
            }
        }

        return new ServingBenchRecord(
            request.Model,
            request.Weights,
            model.Device.Name,
            model.Device.Description,
            request.Threads ?? Environment.ProcessorCount,
            BenchSystem.Description,
            BenchSystem.Version,
            DateTime.UtcNow,
            load.Requests,
            load.Mix.ToString().ToLowerInvariant(),
            load.Pictures,
            load.PromptTokens,
            load.OwnTokens,
            load.NewTokens,
            request.Repeat,
            cached,
            [.. rows.Select(row => Row(row, rows[0]))],
            [.. gains.Select(gain => Gain(gain.Name, gain.Without, gain.With))],
            pairs.Count == 0 ? null : Overhead(pairs),
            BenchSystem.PeakMemoryBytes);
    }

    private UniMedModel Load(UniMedModelOptions options)
    {
        try
        {
            return request.Folder is { } folder
                ? UniMedModel.Load(folder, options)
                : SyntheticModel.Create(request.Shape!.Whole(), request.Dtype, request.Seed, options);
        }
        catch (OutOfMemoryException error)
        {
            throw new UniMedException(UniMedFailure.OutOfMemory, $"There is no memory for the model on {request.Device}: {error.Message} Choose a smaller --shape or --dtype.", error);
        }
    }

    private IReadOnlyList<ServingRequest> WithPictures(UniMedModel model, int pictures) => ServingRequests.Make(model, request.Load with { Pictures = pictures }, request.Seed);

    private async Task<(double Model, double Engine)[]> PairsAsync(UniMedModel model, ServingRequest asked, EngineOptions options, CancellationToken cancellationToken)
    {
        await using UniMedEngine engine = UniMedEngine.Create(model, options);
        var overhead = new EngineOverhead(model, engine, asked, request.Load.NewTokens);
        return [await overhead.PairAsync(engineFirst: false, cancellationToken), await overhead.PairAsync(engineFirst: true, cancellationToken)];
    }

    private ServingRow Row(ServingSetting row, ServingSetting first)
    {
        bool sees = row.Requests.Any(asked => asked.Images.Count > 0);
        List<RequestTimes> times = [.. row.Rounds.SelectMany(round => round.Requests)];
        Percentiles tokenTimes = Percentiles.Of(times.Select(time => time.TokenTime));
        return new ServingRow(
            row.Concurrency,
            Spread.Of(row.Rounds.Select(round => round.RequestsPerSecond)),
            Spread.Of(row.Rounds.Select(NewTokens)),
            Math.Min(row.Concurrency, row.Requests.Count) * 1e3 / tokenTimes.P50,
            Spread.Of(row.Rounds.Select(round => round.Rate(round.Statistics.PromptTokens))),
            Spread.Of(row.Rounds.Select(round => round.Rate(round.Statistics.SharedPromptTokens))),
            sees ? Spread.Of(row.Rounds.Select(round => round.Rate(round.Statistics.ImagesEncoded))) : null,
            sees ? Spread.Of(row.Rounds.Select(round => round.Rate(round.Statistics.ImageHits))) : null,
            Percentiles.Of(times.Select(time => time.FirstToken)),
            Percentiles.Of(times.Select(time => time.Latency)),
            tokenTimes,
            Spread.Of(row.Rounds.Select(round => round.AllFirstTokens)),
            row.Rounds[^1].Statistics.Passes,
            Spread.Of(row.Rounds.Zip(first.Rounds, (here, there) => NewTokens(here) / NewTokens(there))));
    }

    private ServingGain Gain(string name, ServingSetting without, ServingSetting with) => new(
        name,
        without.Label,
        with.Label,
        Spread.Of(without.Rounds.Select(NewTokens)),
        Spread.Of(with.Rounds.Select(NewTokens)),
        Spread.Of(with.Rounds.Zip(without.Rounds, (on, off) => NewTokens(on) / NewTokens(off))),
        Spread.Of(without.Rounds.Select(round => round.AllFirstTokens)),
        Spread.Of(with.Rounds.Select(round => round.AllFirstTokens)),
        Spread.Of(with.Rounds.Zip(without.Rounds, (on, off) => off.AllFirstTokens / on.AllFirstTokens)));

    private static ServingOverhead Overhead(List<(double Model, double Engine)> pairs) => new(
        Spread.Of(pairs.Select(pair => pair.Model)),
        Spread.Of(pairs.Select(pair => pair.Engine)),
        Spread.Of(pairs.Select(pair => (pair.Engine / pair.Model) - 1)));

    private double NewTokens(ServingTimes round) => round.RequestsPerSecond * request.Load.NewTokens;
}
