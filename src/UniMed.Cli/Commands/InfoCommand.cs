using System.CommandLine;
using UniMed.Cli.Rendering;

namespace UniMed.Cli.Commands;

/// <summary>unimed info: what a model folder holds.</summary>
internal static class InfoCommand
{
    public static Command Create(CommandConsole console)
    {
        Option<string?> model = ModelFlags.FolderOption();
        Option<bool> json = JsonFlag.Create();
        var command = new Command("info", "Show what a model folder holds: sizes, connector options, parameters, bytes on disk, and where it came from.") { model, json };
        command.SetAction(parsed =>
        {
            InfoRecord info = InfoRecord.Read(ModelFlags.ResolveFolder(parsed.GetValue(model)));
            if (parsed.GetValue(json))
                AnswerPrinter.WriteJson(console, info, UnimedJson.Lines.InfoRecord);
            else
                InfoPrinter.Print(console.Rich(), info);
            return ExitCode.Success;
        });
        return command;
    }
}
