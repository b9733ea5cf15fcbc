using UniMed.GpuBench;

using var interrupt = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    interrupt.Cancel();
};
return await GpuBenchCommandLine.InvokeAsync(args, Console.Out, Console.Error, interrupt.Token);
