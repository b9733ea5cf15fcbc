using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using SharpFuzz;
using UniMed.Fuzz;
using UniMed.Inference;

if (FuzzOptions.Parse(args, out string problem) is not { } options)
{
    Console.Error.WriteLine(problem);
    Console.Error.WriteLine(FuzzOptions.Usage);
    return 2;
}

switch (options.Engine)
{
    case "libfuzzer":
        Fuzzer.LibFuzzer.Run(input => Refusing(options.Targets[0], input));
        return 0;
    case "afl":
        Fuzzer.OutOfProcess.Run((Stream stream) =>
        {
            using var input = new MemoryStream();
            stream.CopyTo(input);
            Refusing(options.Targets[0], input.GetBuffer().AsSpan(0, (int)input.Length));
        });
        return 0;
    default:
        return RunAll(options);
}

static void Refusing(IFuzzTarget target, ReadOnlySpan<byte> input)
{
    try
    {
        target.Run(input);
    }
    catch (UniMedException)
    {
        // A refusal is a right answer.
    }
}

static int RunAll(FuzzOptions options)
{
    int passed = 0;
    int failed = 0;
    foreach (IFuzzTarget target in options.Targets)
    {
        CampaignFailure? failure = RunOne(target, options);
        if (failure is null)
            passed++;
        else
            failed++;
        // The hanging thread would take time from the targets after it.
        if (failure is { Hangs: true })
            break;
    }

    Console.WriteLine($"{passed} passed, {failed} failed, {options.Targets.Count - passed - failed} skipped");
    return failed == 0 ? 0 : 1;
}

static CampaignFailure? RunOne(IFuzzTarget target, FuzzOptions options)
{
    IEnumerable<string> files = target.CorpusFiles;
    if (options.CorpusFolder is not null)
        files = files.Concat(Directory.EnumerateFiles(options.CorpusFolder).Order(StringComparer.Ordinal));
    byte[][] corpus = [.. files.Select(File.ReadAllBytes)];
    if (corpus.Length == 0)
        throw new InvalidOperationException($"The target {target.Name} has no corpus.");

    long start = Stopwatch.GetTimestamp();
    var campaign = new Campaign(target, corpus, options.Runs, options.Seed);
    CampaignFailure? failure = campaign.Run();
    string seconds = Stopwatch.GetElapsedTime(start).TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);
    Console.WriteLine($"{target.Name}: {corpus.Length} corpus files, {options.Runs} mutations (seed {options.Seed}): {campaign.Accepted} accepted, {campaign.Refused} refused, {seconds} s");
    if (failure is not null)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(failure.Input))[..12];
        string path = Path.Combine(Path.GetTempPath(), $"unimed-fuzz-{target.Name}-{hash}");
        File.WriteAllBytes(path, failure.Input);
        Console.WriteLine($"{target.Name} FAILED: {failure.Reason}");
        Console.WriteLine($"The input ({failure.Input.Length} bytes) is saved as {path}");
    }

    return failure;
}
