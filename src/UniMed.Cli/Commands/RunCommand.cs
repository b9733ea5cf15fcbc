using System.CommandLine;
using System.Runtime.CompilerServices;
using UniMed.Cli.Rendering;
using UniMed.Cli.Requests;
using UniMed.Inference;
using UniMed.Inference.Generation;
using UniMed.Inference.Imaging;

namespace UniMed.Cli.Commands;

/// <summary>unimed run: a file of requests, a file of answers.</summary>
internal sealed class RunCommand
{
    private const string Standard = "-";
    private const int LongestRequest = 16 * 1024 * 1024;
    private const int MostAtOnce = 64;
    private const int DefaultAtOnce = 8;

    private readonly Option<string> _input = new("--input")
    {
        Description = "Requests, one JSON object on each line; - reads standard input. A request: \"id\" (text or whole number), \"task\" (vqa, refer, identify, caption, cls, qa), "
            + "\"image\" or \"images\" (paths relative to the file; to the current folder for -), \"instruction\" (what stands after the image tag and its space, task tag included) "
            + "or \"prompt\" (the whole raw prompt); and optional \"max_new_tokens\", \"num_beams\", \"min_length\", \"repetition_penalty\", \"length_penalty\", "
            + "\"temperature\", \"top_p\", \"top_k\", \"do_sample\", \"seed\", and one of \"constrain\" (box, yes-no, none), \"choices\" (texts), \"json_schema\" (object), whose defaults are the options below.",
        HelpName = "JSONL",
        Required = true,
    };

    private readonly Option<string> _output = new("--output")
    {
        Description = "Answers, one JSON object on each line, in the order of the requests; - writes standard output. A file that is there is taken up: "
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
        "--concurrency", $"Most requests answered at once, 1 to {MostAtOnce}. Answers are the same for any number, and are written in the order of the requests.", DefaultAtOnce);

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
        GenerationOptions generation = _generation.Read(parsed);
        ImageDecodeOptions decoding = _window.Read(parsed);

        using UniMedModel model = _model.Load(parsed, _console);
        await using Stream requests = input == Standard ? _console.Input : OpenRequests(input);
        using AnswerFile? file = output == Standard ? null : await AnswerFile.OpenAsync(output, cancellationToken);
        using var studies = new StudyCache(model, decoding);
        await using var runner = new RequestRunner(model, studies, file ?? (IAnswerSink)new StreamSink(_console.Output), concurrency, parsed.GetValue(_continueOnError));
        var reader = new RequestReader(input == Standard ? Environment.CurrentDirectory : Path.GetDirectoryName(Path.GetFullPath(input))!, generation);
        var progress = new ProgressLine(_console);
        try
        {
            await runner.RunAsync(ReadAsync(requests, reader, cancellationToken), progress, cancellationToken);
        }
        catch (OperationCanceledException) when (file is not null)
        {
            progress.Clear();
            _console.Error.WriteLine($"unimed: {runner.Answered} answered before the end; the same command goes on from there ({output}).");
            throw;
        }
        finally
        {
            progress.Clear();
        }

        Summarize(parsed, new RunRecord(runner.Answered, runner.AlreadyAnswered, runner.Failed, output));
        return runner.Failed == 0 ? ExitCode.Success : ExitCode.SomeFailed;
    }

    private static async IAsyncEnumerable<RequestLine> ReadAsync(Stream requests, RequestReader reader, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (JsonLine line in new JsonLineReader(requests, LongestRequest).ReadAsync(cancellationToken))
            yield return reader.Read(line);
    }

    private static void RequireSense(string input, string output, int concurrency, bool json)
    {
        if (input.Length == 0 || output.Length == 0)
            throw new UsageException("--input and --output name files, or - for the standard streams; one of them is empty.");
        if (concurrency is < 1 or > MostAtOnce)
            throw new UsageException($"--concurrency is {concurrency}; it must be from 1 to {MostAtOnce}.");
        if (output == Standard && json)
            throw new UsageException("--output - and --json would both write to standard output. Name an output file, or leave --json out.");
        if (input != Standard && output != Standard && Path.GetFullPath(input) == Path.GetFullPath(output))
            throw new UsageException("--input and --output are the same file. Name another output.");
    }

    private static FileStream OpenRequests(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UniMedException($"{path}: the requests cannot be read: {error.Message} Check the path and its permissions.", error);
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
        _console.Error.WriteLine($"unimed: {record.Answered} answered{before}, {record.Failed} failed{remedy}.");
    }
}
