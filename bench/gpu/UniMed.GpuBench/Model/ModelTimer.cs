using System.Diagnostics;
using UniMed.Bench;
using UniMed.Bench.Roofline;
using UniMed.Bench.Synthetic;
using UniMed.GpuBench.Reporting;
using UniMed.Inference;
using UniMed.Native;

namespace UniMed.GpuBench.Model;

/// <summary>A model with random weights, loaded once for each stored type, answering batches.</summary>
internal static class ModelTimer
{
    /// <summary>Times all loads.</summary>
    /// <param name="settings">What to measure.</param>
    /// <param name="bandwidth">What a copy reaches.</param>
    /// <param name="budget">The time there is.</param>
    /// <param name="found">Receives each load.</param>
    /// <param name="cancellationToken">Stops between layers.</param>
    public static async Task RunAsync(BenchSettings settings, BandwidthRow bandwidth, TimeBudget budget, Action<ModelRow> found, CancellationToken cancellationToken)
    {
        foreach (SyntheticDtype dtype in settings.Dtypes)
        {
            string name = dtype.ToString().ToLowerInvariant();
            if (budget.LeavesOut($"model: {name}"))
                continue;
            int images = settings.Shape.Vision is null ? 0 : 1;
            AnswerLoad[] loads = [.. settings.Batches.Select(batch => new AnswerLoad(batch, settings.PromptTokens, settings.NewTokens, images))];
            using Device device = DeviceCatalog.Create(settings.Device);
            long started = Stopwatch.GetTimestamp();
            BenchmarkModel model;
            try
            {
                model = BenchmarkModel.Synthetic(device, settings.Shape, dtype, settings.Seed, loads.Max(load => load.CachedTokens));
            }
            catch (Exception error) when (IsTooLarge(error))
            {
                foreach (AnswerLoad load in loads)
                    found(new ModelRow(name, load.Batch, error.Message));
                continue;
            }

            using (model)
            {
                double loadSeconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
                foreach (AnswerLoad load in loads)
                {
                    if (!budget.LeavesOut($"model: {name}, batch {load.Batch}"))
                        found(await MeasureAsync(model, load, name, loadSeconds, settings, bandwidth, cancellationToken));
                }
            }
        }
    }

    private static async Task<ModelRow> MeasureAsync(
        BenchmarkModel model, AnswerLoad load, string dtype, double loadSeconds, BenchSettings settings, BandwidthRow bandwidth, CancellationToken cancellationToken)
    {
        try
        {
            var benchmark = new AnswerBenchmark(model, load, settings.Seed);
            // The first answer loads kernels and fills pools of memory.
            await benchmark.RunAsync(cancellationToken);
            var times = new List<AnswerTimes>();
            for (int i = 0; i < settings.Repeat; i++)
                times.Add(await benchmark.RunAsync(cancellationToken));
            Spread first = Spread.Of(times.Select(time => time.FirstToken));
            Spread step = Spread.Of(times.SelectMany(time => time.Steps));
            WeightBytes bytes = model.Bytes;
            long firstBytes = bytes.Language + (load.Images > 0 ? bytes.Vision + bytes.Connector : 0);
            return new ModelRow(
                dtype,
                load.Batch,
                null,
                loadSeconds,
                firstBytes,
                bytes.Language,
                Spread.Of(times.Select(time => time.Vision)),
                Spread.Of(times.Select(time => time.Connector)),
                Spread.Of(times.Select(time => time.Prompt)),
                first,
                step,
                Floor(firstBytes, bandwidth) / first.Median,
                Floor(bytes.Language, bandwidth) / step.Median);
        }
        catch (Exception error) when (IsTooLarge(error))
        {
            return new ModelRow(dtype, load.Batch, error.Message, loadSeconds);
        }
    }

    /// <summary>Milliseconds that bytes take at copy bandwidth.</summary>
    private static double Floor(long bytes, BandwidthRow bandwidth) => bytes / bandwidth.Gigabytes.Median / 1e6;

    private static bool IsTooLarge(Exception error) => error is OutOfMemoryException || error is UniMedException { InnerException: OutOfMemoryException };
}
