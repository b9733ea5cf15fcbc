using System.CommandLine;
using UniMed.Cli.Rendering;
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

    public UniMedModel LoadModel(ParseResult parsed, CommandConsole console) => _model.Load(parsed, console);

    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>Prints an answer that is text, for people or as JSON.</summary>
    public void Show(ParseResult parsed, CommandConsole console, AnswerRecord answer)
    {
        if (Json(parsed))
            AnswerPrinter.WriteJson(console, answer, UnimedJson.Lines.AnswerRecord);
        else
            AnswerPrinter.Print(console, answer);
    }

    /// <exception cref="UsageException">A generation option is out of range.</exception>
    public RequestOptions Read(ParseResult parsed) => new()
    {
        Generation = _generation.Read(parsed),
        IncludeRouting = parsed.GetValue(_routing),
        IncludeTimings = parsed.GetValue(_timings),
    };
}
