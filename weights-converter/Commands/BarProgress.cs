using Spectre.Console;

namespace UniMed.WeightsConverter.Commands;

/// <summary>Progress as one bar for each stage.</summary>
internal sealed class BarProgress(ProgressContext context) : IProgress<ConversionProgress>
{
    private readonly Dictionary<string, ProgressTask> _tasks = [];

    public void Report(ConversionProgress value)
    {
        if (!_tasks.TryGetValue(value.Stage, out ProgressTask? task))
        {
            task = context.AddTask(Markup.Escape(value.Stage), maxValue: Math.Max(1, value.TotalBytes));
            _tasks.Add(value.Stage, task);
        }

        task.Value = value.DoneBytes;
    }
}
