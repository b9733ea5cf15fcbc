using UniMed.Cli;

using var interrupt = new InterruptSignal();
return await UnimedCommandLine.InvokeAsync(args, CommandConsole.OfProcess(interrupt.Token), interrupt.Token);
