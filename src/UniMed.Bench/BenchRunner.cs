using System.Diagnostics;
using UniMed.Bench.Roofline;
using UniMed.Bench.Synthetic;
using UniMed.Inference;
using UniMed.Native;

namespace UniMed.Bench;

/// <summary>Measures what the machine reaches, then each model under each load.</summary>
/// <param name="request">What to measure.</param>
/// <param name="progress">Takes a line before each part of the work.</param>
public sealed class BenchRunner(BenchRequest request, Action<string> progress)
{
    private const long CopyBytes = 1L << 30;
    private const long EmulatedCopyBytes = 64L << 20;

    /// <summary>Measures.</summary>
    /// <param name="cancellationToken">Ends it before the next answer.</param>
    /// <exception cref="UniMedException">The device is not there, or the model cannot take the load.</exception>
    public async Task<BenchRecord> RunAsync(CancellationToken cancellationToken)
    {
        progress("measuring bandwidth");
        using Device device = Open();
        bool ownMemory = device.Info.Kind == DeviceKind.Cuda;
        Spread bandwidth = ownMemory ? DeviceCopy.Gigabytes(device, device.Info.Name == "cuda-emulated" ? EmulatedCopyBytes : CopyBytes) : HostRoof.ReadGigabytes(request.Threads);
        Spread? peak = ownMemory ? null : HostRoof.Gigaflops(request.Threads);

        int images = request.Images ?? (request.Folder is not null || request.Shape!.Vision is not null ? 1 : 0);
        var rows = new List<BenchRow>();
        foreach (SyntheticDtype? dtype in request.Folder is null ? request.Dtypes.Cast<SyntheticDtype?>() : [null])
            await MeasureAsync(device, dtype, images, bandwidth, peak, rows, cancellationToken);

        return new BenchRecord(
            request.Folder ?? request.Shape!.Name,
            device.Info.Name,
            device.Info.Description,
            request.Threads ?? Environment.ProcessorCount,
            BenchSystem.Description,
            BenchSystem.Version,
            DateTime.UtcNow,
            request.PromptTokens,
            request.NewTokens,
            images,
            request.Repeat,
            ownMemory ? "copy in the device's memory, read and written" : "reading memory on the same threads",
            bandwidth,
            peak,
            rows,
            BenchSystem.PeakMemoryBytes);
    }

    private async Task MeasureAsync(
        Device device, SyntheticDtype? dtype, int images, Spread bandwidth, Spread? peak, List<BenchRow> rows, CancellationToken cancellationToken)
    {
        string name = dtype?.ToString().ToLowerInvariant() ?? "as stored";
        AnswerLoad[] loads = [.. request.Batches.Select(batch => new AnswerLoad(batch, request.PromptTokens, request.NewTokens, images))];
        progress($"loading {request.Folder ?? request.Shape!.Name}, {name}");
        long started = Stopwatch.GetTimestamp();
        using BenchmarkModel model = Load(device, dtype, loads.Max(load => load.CachedTokens));
        double loadSeconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        foreach (AnswerLoad load in loads)
        {
            progress($"measuring {name}, batch {load.Batch}");
            var benchmark = new AnswerBenchmark(model, load, request.Seed);
            long warmUp = Stopwatch.GetTimestamp();
            await benchmark.RunAsync(cancellationToken);
            double warmUpMs = Stopwatch.GetElapsedTime(warmUp).TotalMilliseconds;
            var times = new List<AnswerTimes>();
            for (int i = 0; i < request.Repeat; i++)
                times.Add(await benchmark.RunAsync(cancellationToken));
            rows.Add(Row(model, load, name, loadSeconds, warmUpMs, times, bandwidth, peak));
        }
    }

    private static BenchRow Row(
        BenchmarkModel model, AnswerLoad load, string name, double loadSeconds, double warmUpMs, List<AnswerTimes> times, Spread bandwidth, Spread? peak)
    {
        bool sees = load.Images > 0;
        int images = load.Batch * load.Images;
        Spread? vision = sees ? Spread.Of(times.Select(time => time.Vision)) : null;
        Spread? connector = sees ? Spread.Of(times.Select(time => time.Connector)) : null;
        Spread prompt = Spread.Of(times.Select(time => time.Prompt));
        Spread step = Spread.Of(times.SelectMany(time => time.Steps));
        double stepGigabytes = model.Bytes.Language / step.Median / 1e6;
        double promptGigaflops = load.Batch * ModelWork.Prompt(model.Language.Config, load.PromptTokens) / prompt.Median / 1e6;
        return new BenchRow(
            name,
            load.Batch,
            loadSeconds,
            warmUpMs,
            vision,
            connector,
            prompt,
            Spread.Of(times.Select(time => time.FirstToken)),
            step,
            sees ? images * 1e3 / Spread.Of(times.Select(time => time.Vision + time.Connector)).Median : null,
            load.Batch * load.PromptTokens * 1e3 / prompt.Median,
            load.Batch * 1e3 / step.Median,
            stepGigabytes,
            stepGigabytes / bandwidth.Highest,
            sees ? images * ModelWork.Vision(model.VisionConfig!) / vision!.Median / 1e6 : null,
            promptGigaflops,
            promptGigaflops / peak?.Highest,
            model.Device.AllocatedBytes);
    }

    private BenchmarkModel Load(Device device, SyntheticDtype? dtype, int cachedTokens)
    {
        try
        {
            return dtype is { } made
                ? BenchmarkModel.Synthetic(device, request.Shape!, made, request.Seed, cachedTokens)
                : BenchmarkModel.Load(device, request.Folder!, cachedTokens);
        }
        catch (OutOfMemoryException error)
        {
            throw new UniMedException(UniMedFailure.OutOfMemory, $"There is no memory for the model on {device.Info.Name}: {error.Message} Choose a smaller --shape or --dtype.", error);
        }
    }

    private Device Open()
    {
        try
        {
            return DeviceCatalog.Create(request.Device, request.Threads);
        }
        catch (ArgumentException error)
        {
            throw new UniMedException(UniMedFailure.InvalidInput, error.Message, error);
        }
    }
}
