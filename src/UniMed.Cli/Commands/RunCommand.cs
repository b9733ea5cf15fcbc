using System.CommandLine;
using UniMed.Cli.Rendering;
using UniMed.Cli.Requests;
using UniMed.Cli.Streams;
using UniMed.Inference;

namespace UniMed.Cli.Commands;

/// <summary>unimed run: a file of requests, a file of answers.</summary>
internal sealed class RunCommand
{
    private const int MaxConcurrency = 64;
    private const int DefaultAtOnce = 8;

    private readonly Option<string> _input = new("--input")
    {
        Description = $"Requests, one JSON object on each line, in UTF-8 (UTF-16 and UTF-32 are understood); - reads standard input. A request: \"id\" (text or whole number), \"task\" ({RequestReader.TaskNames}), "
            + "\"image\" or \"images\" (paths relative to the file; to the current folder for - and pipes), \"instruction\" (what stands after the image tag and its space, task tag included) "
            + "or \"prompt\" (the whole raw prompt); and optional \"max_new_tokens\", \"num_beams\", \"min_length\", \"repetition_penalty\", \"length_penalty\", "
            + "\"temperature\", \"top_p\", \"top_k\", \"do_sample\", \"seed\", and one of \"constrain\" (box, yes-no, none), \"choices\" (texts), \"json_schema\" (object), whose defaults are the options below.",
        HelpName = "JSONL",
        Required = true,
    };

    private readonly Option<string> _output = new("--output")
    {
        Description = "Answers, one JSON object on each line, in the order of the requests; - writes standard output. Pipes and devices are written to as they are. A file that is there is taken up: "
            + "its answers stay and are not made again, its errors are tried again.",
        HelpName = "JSONL",
        Required = true,
    };

    private readonly Option<bool> _continueOnError = new("--continue-on-error")
    {
        Description = "Write an error line for a request that fails and go on; false stops there.",
        DefaultValueFactory = _ => true,
    };

    private readonly Option<int> _concurrency = NumberOption.Create(
        "--concurrency", $"Most requests answered at once, 1 to {MaxConcurrency}. Answers are the same for any number, and are written in the order of the requests.", DefaultAtOnce);

    private readonly ModelFlags _model = new();
    private readonly GenerationFlags _generation = new();
    private readonly WindowFlags _window = new();
    private readonly Option<bool> _json = JsonFlag.Create();
    private readonly CommandConsole _console;

    private RunCommand(CommandConsole console) => _console = console;

    public static Command Create(CommandConsole console)
    {
        var run = new RunCommand(console);
        var command = new Command(
            "run",
            "Answer a file of requests line by line, go on after a bad one, and take up where an earlier run ended. A summary goes to standard error, with --json to standard output.")
        {
            run._input, run._output, run._continueOnError, run._concurrency,
        };
        run._model.AddTo(command);
        run._generation.AddTo(command);
        run._window.AddTo(command);
        command.Add(run._json);
        command.SetAction(run.ExecuteAsync);
        return command;
    }

    private async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string input = parsed.GetRequiredValue(_input);
        string output = parsed.GetRequiredValue(_output);
        int concurrency = parsed.GetValue(_concurrency);
        RequireSense(input, output, concurrency, parsed.GetValue(_json));
        GenerationOptions generation = _generation.Read(parsed, areDefaults: true);
        ImageDecodeOptions decoding = _window.Read(parsed);
        if (OutputPath.IsStandardOutput(output) || parsed.GetValue(_json))
            _console.RequireOutput();

        await using Stream requests = await TextInput.OpenAsync(_console, input, "the requests", cancellationToken);
        IAnswerSink sink = await OpenOutputAsync(parsed, input, output, cancellationToken);
        using var closing = sink as IDisposable;
        using UniMedModel model = await LoadModelAsync(parsed, sink, cancellationToken);
        // Nobody else asks the model: a request may have its whole cache.
        await using var engine = UniMedEngine.Create(model, new EngineOptions { MaxRunningRequests = concurrency, KvCacheTokens = model.KvCacheTokens });
        using var studies = new StudyCache(engine, decoding, cancellationToken);
        await using var runner = new RequestRunner(engine, studies, sink, concurrency, parsed.GetValue(_continueOnError));
        var reader = new RequestReader(FolderOf(input), generation);
        var progress = new ProgressLine(_console);
        try
        {
            await runner.RunAsync(new RequestFile(input, requests, reader).ReadAsync(cancellationToken), progress, cancellationToken);
        }
        catch (UniMedException)
        {
            (sink as AnswerFile)?.Abandon();
            throw;
        }
        catch (OperationCanceledException) when (sink is AnswerFile)
        {
            progress.Clear();
            _console.Note($"{runner.Answered} answered before the end; the same command goes on from there ({output}).");
            throw;
        }
        finally
        {
            progress.Clear();
        }

        if (!reader.HasSampled && _generation.SamplingOption(parsed) is { } idle)
            _console.Note($"{idle} had no effect: no request draws at random. Add --do-sample, or \"do_sample\": true to a request.");
        Summarize(parsed, new RunRecord(runner.Answered, runner.AlreadyAnswered, runner.Failed, output));
        return runner.Failed == 0 ? ExitCode.Success : ExitCode.SomeFailed;
    }

    private static void RequireSense(string input, string output, int concurrency, bool json)
    {
        if (string.IsNullOrWhiteSpace(input) || string.IsNullOrWhiteSpace(output))
            throw new UsageException("--input and --output name files, or - for the standard streams; one of them is empty.");
        if (concurrency is < 1 or > MaxConcurrency)
            throw new UsageException($"--concurrency is {concurrency}; it must be from 1 to {MaxConcurrency}.");
        if (OutputPath.IsStandardOutput(output) && json)
            throw new UsageException($"--output {output} and --json would both write to standard output. Name an output file, or leave --json out.");
        if (input != TextInput.Standard && output != TextInput.Standard && Path.GetFullPath(input) == Path.GetFullPath(output) && FileFacts.Of(input).Kind != FileKind.CharacterDevice)
            throw new UsageException("--input and --output are the same file. Name another output.");
    }

    /// <summary>Where relative paths of images start: a pipe lies in no folder that its writer knows.</summary>
    private static string FolderOf(string input) =>
        input != TextInput.Standard && FileFacts.Of(input).Kind == FileKind.Regular ? Path.GetDirectoryName(Path.GetFullPath(input))! : Environment.CurrentDirectory;

    private async Task<IAnswerSink> OpenOutputAsync(ParseResult parsed, string input, string output, CancellationToken cancellationToken)
    {
        if (OutputPath.IsStandardOutput(output))
            return new StreamSink(_console.Output);
        InputFiles inputs = _generation.AddInputs(parsed, _model.AddInputs(parsed, new InputFiles()));
        inputs = input == TextInput.Standard ? inputs.AddStandardInput("the requests") : inputs.Add(input, "the requests");
        if (parsed.GetValue(_json) && !OperatingSystem.IsWindows())
            inputs.Add("/dev/stdout", "standard output, where --json writes");
        if (OutputPath.Check("--output", output, inputs) is FileKind.Pipe or FileKind.CharacterDevice)
            return new DeviceSink(output, await OutputPath.OpenDeviceAsync(output, _console.Note, cancellationToken), cancellationToken);
        AnswerFile file = await AnswerFile.OpenAsync(output, cancellationToken);
        if (!file.IsLocked)
            _console.Note($"{output} lies on a file system without locks: see to it that no other run writes to it.");
        return file;
    }

    private async Task<UniMedModel> LoadModelAsync(ParseResult parsed, IAnswerSink sink, CancellationToken cancellationToken)
    {
        try
        {
            return await _model.LoadAsync(parsed, _console, cancellationToken);
        }
        catch
        {
            (sink as AnswerFile)?.Abandon();
            throw;
        }
    }

    private void Summarize(ParseResult parsed, RunRecord record)
    {
        if (parsed.GetValue(_json))
        {
            AnswerPrinter.WriteJson(_console, record, UnimedJson.Lines.RunRecord);
            return;
        }

        string before = record.AlreadyAnswered > 0 ? $", {record.AlreadyAnswered} were answered before" : "";
        string remedy = record.Failed > 0 ? "; their lines say why, and the same command tries them again" : "";
        _console.Note($"{record.Answered} answered{before}, {record.Failed} failed{remedy}.");
    }
}
