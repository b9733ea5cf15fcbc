using System.CommandLine;
using Spectre.Console;
using UniMed.Cli.Rendering;
using UniMed.Native;

namespace UniMed.Cli.Commands;

/// <summary>unimed devices: what this build can run on here, and why each other device cannot be used.</summary>
internal static class DevicesCommand
{
    public static Command Create(CommandConsole console)
    {
        Option<bool> json = JsonFlag.Create();
        var command = new Command("devices", "List the devices that --device takes, and why each other cannot be used.") { json };
        command.SetAction(parsed =>
        {
            IReadOnlyList<DeviceAvailability> devices = DeviceCatalog.List();
            DeviceChoice choice = DeviceCatalog.Choose(DeviceCatalog.Auto);
            if (parsed.GetValue(json))
                AnswerPrinter.WriteJson(console, new DevicesRecord(devices, choice), UnimedJson.Lines.DevicesRecord);
            else
                Print(console, devices, choice);
            return ExitCode.Success;
        });
        return command;
    }

    private static void Print(CommandConsole console, IReadOnlyList<DeviceAvailability> devices, DeviceChoice choice)
    {
        Table table = new Table().Border(TableBorder.Rounded);
        table.AddColumn("device");
        table.AddColumn("available");
        table.AddColumn("detail");
        foreach (DeviceAvailability device in devices)
        {
            table.AddRow(
                new Text(device.Name),
                device.IsAvailable ? new Text("yes", new Style(Color.Green)) : new Text("no", new Style(Color.Yellow)),
                new Text(device.Detail));
        }

        console.Rich().Write(table);
        console.Output.WriteLine(choice);
    }
}
