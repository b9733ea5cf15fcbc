using System.Reflection;
using System.Text.Json;
using UniMed.GpuBench.Answers;
using UniMed.GpuBench.Card;
using UniMed.GpuBench.Checks;
using UniMed.GpuBench.Kernels;
using UniMed.GpuBench.Model;
using UniMed.GpuBench.Reporting;
using UniMed.Inference;
using UniMed.Native;
using UniMed.Native.Cuda;

namespace UniMed.GpuBench;

/// <summary>One run: section after section, printed as it goes and written as JSON after each, so that a run cut short leaves what it found.</summary>
internal sealed class BenchRun
{
    private const string EmulationNote = "the kernels run on this machine's CPU. Every time, rate and share below says nothing about a card; only answers and errors do.";

    private readonly BenchSettings _settings;
    private readonly ReportPrinter _printer;
    private readonly BenchReport _report;
    private readonly TimeBudget _budget;

    /// <summary>Prepares a run.</summary>
    /// <param name="settings">What to do.</param>
    /// <param name="commandLine">Arguments, for the report.</param>
    /// <param name="output">Where tables go.</param>
    /// <exception cref="DeviceUnavailableException">The device is not there.</exception>
    public BenchRun(BenchSettings settings, string commandLine, TextWriter output)
    {
        _settings = settings;
        _budget = new TimeBudget(settings.Limit, settings.Sections);
        _printer = new ReportPrinter(output);
        using ICudaDriver driver = CudaDevices.Open(settings.Device);
        if (!driver.BringsKernels && CudaBuildFile.Fatbin.Find(out string missing) is null)
            throw new DeviceUnavailableException(settings.Device, missing);
        _report = new BenchReport
        {
            Date = DateTime.UtcNow,
            Commit = Revision(),
            CommandLine = commandLine,
            Card = CardFacts.Of(driver),
            Warning = settings.IsEmulated ? EmulationNote : null,
        };
    }

    /// <summary>Runs all sections.</summary>
    /// <returns>True when everything that can fail passed.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        _printer.Header(_report);
        foreach (BenchSection section in _settings.Sections)
        {
            _printer.Line("");
            _printer.Line($"== {section.ToString().ToLowerInvariant()}");
            _budget.Begin(section);
            await RunAsync(section, cancellationToken);
            _report.LeftOut = [.. _budget.LeftOut];
            Write();
        }

        using (ICudaDriver driver = CudaDevices.Open(_settings.Device))
            _report.After = NvidiaSmi.Read(driver);
        _printer.Line("");
        _printer.State("after", _report.After);
        _printer.LeftOut(_report.LeftOut);
        _printer.Line(_report.Passed ? "PASSED" : "FAILED");
        Write();
        return _report.Passed;
    }

    private async Task RunAsync(BenchSection section, CancellationToken cancellationToken)
    {
        switch (section)
        {
            case BenchSection.Check:
                Check(cancellationToken);
                break;
            case BenchSection.Nano:
                await GoldenAnswers.RunAsync(_settings, _budget, _report.Golden.Add, cancellationToken);
                _printer.Golden(_report.Golden);
                break;
            case BenchSection.Kernels:
                TimeKernels();
                break;
            default:
                BandwidthRow bandwidth = Bandwidth();
                await ModelTimer.RunAsync(_settings, bandwidth, _budget, _report.Models.Add, cancellationToken);
                _printer.Models(_report.Models, _settings);
                break;
        }
    }

    private void Check(CancellationToken cancellationToken)
    {
        using Device device = DeviceCatalog.Create(_settings.Device);
        using var checks = new OperationChecks(device, _settings.Dtypes, _settings.Seed, _budget, _report.Checks.Add);
        foreach (CheckShape shape in CheckShape.For(_settings.Shape))
            checks.Run(shape, cancellationToken);
        using var pixels = new PixelChecks(CudaDevices.Open(_settings.Device), _settings.Seed, _budget, _report.Checks.Add);
        pixels.Run(cancellationToken);
        _printer.Checks(_report.Checks);
    }

    private void TimeKernels()
    {
        BandwidthRow bandwidth = Bandwidth();
        var driver = new TapedDriver(CudaDevices.Open(_settings.Device));
        using var device = new CudaDevice(driver);
        LoadTimer.Time(driver, device, _settings.Shape.Language.HiddenSize, _settings.Shape.Language.IntermediateSize, _settings, _budget, _report.Loads.Add);
        _printer.Loads(_report.Loads);
        using var timer = new KernelTimer(driver, device, bandwidth, _settings, _budget, _report.Kernels.Add);
        if (_settings.Shape.Vision is { } vision)
        {
            VisionKernels.Time(timer, device, vision, _settings.Dtypes);
            if (_settings.Shape.Connector is { } connector)
                ConnectorKernels.Time(timer, device, vision, connector, _settings.Shape.Language.HiddenSize, _settings.Dtypes);
        }

        LanguageKernels.Time(timer, device, _settings.Shape.Language, _settings);
        _report.Cublas = timer.CublasState;
        _printer.Kernels(_report.Kernels, _report.Cublas);
    }

    private BandwidthRow Bandwidth()
    {
        if (_report.Bandwidth is null)
        {
            using ICudaDriver driver = CudaDevices.Open(_settings.Device);
            _report.Bandwidth = CopyBandwidth.Measure(driver, _settings.CopyBytes, _settings.Repeat);
        }

        _printer.Bandwidth(_report.Bandwidth);
        return _report.Bandwidth;
    }

    private void Write()
    {
        if (_settings.JsonFile is not { } path)
            return;
        try
        {
            File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(_report, ReportJson.Indented.BenchReport));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UniMedException(UniMedFailure.InvalidInput, $"{path}: the results cannot be written: {error.Message} Name another file with --json.", error);
        }
    }

    /// <summary>The revision, which the compiler appends to the version behind a +.</summary>
    private static string Revision() =>
        typeof(BenchRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+') is [_, string revision] ? revision : "unknown";
}
