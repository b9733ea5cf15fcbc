using System.CommandLine;
using UniMed.Cli.Rendering;
using UniMed.Cli.Streams;
using UniMed.Inference;

namespace UniMed.Cli.Commands;

/// <summary>What every command that asks one question takes: model, generation, what to report, and how to print it.</summary>
internal sealed class QuestionFlags
{
    private readonly ModelFlags _model = new();
    private readonly GenerationFlags _generation = new();
    private readonly Option<bool> _routing = new("--routing") { Description = "Report the mean routing weight of each connector expert." };
    private readonly Option<bool> _timings = new("--timings") { Description = "Report the time of each stage in milliseconds." };
    private readonly Option<bool> _json = JsonFlag.Create();

    public void AddTo(Command command)
    {
        _model.AddTo(command);
        _generation.AddTo(command);
        command.Add(_routing);
        command.Add(_timings);
        command.Add(_json);
    }

    /// <summary>Loads the model, when there is a place for its answer.</summary>
    public async Task<UniMedModel> LoadModelAsync(ParseResult parsed, CommandConsole console, CancellationToken cancellationToken)
    {
        console.RequireOutput();
        return await _model.LoadAsync(parsed, console, cancellationToken);
    }

    /// <summary>The files that the model and the options name, so that no output is one of them.</summary>
    public InputFiles Inputs(ParseResult parsed) => _generation.AddInputs(parsed, _model.AddInputs(parsed, new InputFiles()));

    /// <summary>How an answer is shown while it is made: its text streams to a terminal, unless it is to be JSON.</summary>
    public LiveAnswer Live(ParseResult parsed, CommandConsole console, string waiting, string lead = "") =>
        new(console, console.OutputIsTerminal && !Json(parsed), waiting, lead);

    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>Prints an answer that is text, for people or as JSON.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="console">Where to print.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="textIsShown">True when the text was written as it came.</param>
    public void Show(ParseResult parsed, CommandConsole console, AnswerRecord answer, bool textIsShown = false)
    {
        if (parsed.GetValue(_routing) && answer.Routing is null)
            console.Note("--routing has nothing to report: this model's connector has no experts.");
        if (Json(parsed))
            AnswerPrinter.WriteJson(console, answer, UnimedJson.Lines.AnswerRecord);
        else
            AnswerPrinter.Print(console, answer, textIsShown);
    }

    /// <exception cref="UsageException">A generation option is out of range.</exception>
    public RequestOptions Read(ParseResult parsed) => new()
    {
        Generation = _generation.Read(parsed),
        IncludeRouting = parsed.GetValue(_routing),
        IncludeTimings = parsed.GetValue(_timings),
    };
}
