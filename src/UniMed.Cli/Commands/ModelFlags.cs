using System.CommandLine;
using UniMed.Inference;
using UniMed.Native;

namespace UniMed.Cli.Commands;

/// <summary>Which model folder, and which device it runs on.</summary>
internal sealed class ModelFlags
{
    private readonly Option<string?> _model = FolderOption();

    private readonly Option<string> _device = new("--device")
    {
        Description = "Device to run on, as 'unimed devices' lists them; auto takes the best one there is.",
        HelpName = "NAME",
        DefaultValueFactory = _ => DeviceCatalog.Auto,
    };

    private readonly Option<int?> _threads = ThreadsOption();

    /// <summary>The --threads option.</summary>
    public static Option<int?> ThreadsOption() => NumberOption.CreateOptional<int>("--threads", "Threads of device cpu; answers do not depend on it [default: one on each processor].");

    /// <summary>The --model option, for commands that read the folder without running it too.</summary>
    public static Option<string?> FolderOption() => new("--model")
    {
        Description = $"Model folder that unimed-convert wrote [{BundledFiles.ModelSearch}].",
        HelpName = "DIR",
    };

    /// <summary>The folder that was named, or the bundled model.</summary>
    /// <exception cref="UniMedException">None was named and none found.</exception>
    public static string ResolveFolder(string? named) => named ?? BundledFiles.FindModel() ?? throw new UniMedException(
        $"No model folder: none was named, and models/unimed-nano lies neither above {Environment.CurrentDirectory} nor above {AppContext.BaseDirectory}. Name one with --model DIR.");

    public void AddTo(Command command)
    {
        command.Add(_model);
        command.Add(_device);
        command.Add(_threads);
    }

    /// <summary>Loads the model. A person at the terminal is told which device runs it when they did not name one.</summary>
    public UniMedModel Load(ParseResult parsed, CommandConsole console)
    {
        string device = parsed.GetRequiredValue(_device);
        return UniMedModel.Load(ResolveFolder(parsed.GetValue(_model)), new UniMedModelOptions
        {
            Device = device,
            Threads = parsed.GetValue(_threads),
            Log = console.ErrorIsTerminal && device == DeviceCatalog.Auto ? console.Error.WriteLine : null,
        });
    }
}
