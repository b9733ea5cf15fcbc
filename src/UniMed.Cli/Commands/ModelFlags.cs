using System.CommandLine;
using UniMed.Cli.Rendering;
using UniMed.Cli.Streams;
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

    private readonly Option<int?> _kvCacheTokens = NumberOption.CreateOptional<int>(
        "--kv-cache-tokens", "Positions of the key-value cache: a prompt and its new tokens, once for each beam or request at a time [default: four times what the model reads at most].");

    /// <summary>The --threads option.</summary>
    public static Option<int?> ThreadsOption() => NumberOption.CreateOptional<int>("--threads", "Threads of device cpu; answers do not depend on it [default: one on each processor].");

    /// <summary>Refuses a number of threads that would have no effect.</summary>
    /// <exception cref="UsageException">The device is not the processor.</exception>
    public static void RequireThreads(string device, int? threads)
    {
        if (threads is null)
            return;
        string name = DeviceCatalog.Choose(device).Name;
        if (name == DeviceCatalog.Cpu)
            return;
        string chosen = device == DeviceCatalog.Auto ? $"auto chose {name}" : $"--device is {name}";
        throw new UsageException($"--threads is for device {DeviceCatalog.Cpu}, and {chosen}. Add --device {DeviceCatalog.Cpu}, or leave --threads out.");
    }

    /// <summary>The --model option, for commands that read the folder without running it too.</summary>
    public static Option<string?> FolderOption() => new("--model")
    {
        Description = $"Model folder that unimed-convert wrote [{BundledFiles.ModelSearch}].",
        HelpName = "DIR",
    };

    /// <summary>The folder that was named, or the bundled model.</summary>
    /// <exception cref="UniMedException">None was named and none found.</exception>
    public static string ResolveFolder(string? named) => (named is null ? null : TextArgument.Require("--model", named)) ?? BundledFiles.FindModel() ?? throw new UniMedException(
        UniMedFailure.ModelFiles,
        $"No model folder: none was named, and models/unimed-nano lies neither above {Environment.CurrentDirectory} nor above {AppContext.BaseDirectory}. Name one with --model DIR.");

    public void AddTo(Command command)
    {
        command.Add(_model);
        command.Add(_device);
        command.Add(_threads);
        command.Add(_kvCacheTokens);
    }

    /// <summary>The files of the folder, so that no output is one of them.</summary>
    public InputFiles AddInputs(ParseResult parsed, InputFiles inputs) => inputs.AddFolder(ResolveFolder(parsed.GetValue(_model)), "a file of the model");

    /// <summary>Loads the model. A person at the terminal is told which device runs it when they did not name one.</summary>
    public async Task<UniMedModel> LoadAsync(ParseResult parsed, CommandConsole console, CancellationToken cancellationToken)
    {
        string device = parsed.GetRequiredValue(_device);
        RequireThreads(device, parsed.GetValue(_threads));
        string folder = ResolveFolder(parsed.GetValue(_model));
        using StatusLine status = console.Status("loading the model");
        var options = new UniMedModelOptions
        {
            Device = device,
            Threads = parsed.GetValue(_threads),
            KvCacheTokens = parsed.GetValue(_kvCacheTokens),
            Log = console.ErrorIsTerminal && device == DeviceCatalog.Auto ? status.Write : null,
        };

        // Loading cannot be interrupted, the wait for it can.
        return await Task.Run(() => UniMedModel.Load(folder, options), cancellationToken).WaitAsync(cancellationToken);
    }
}
