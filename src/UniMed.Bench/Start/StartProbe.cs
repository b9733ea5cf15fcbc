using System.Diagnostics;
using System.Runtime;
using UniMed.Inference;

namespace UniMed.Bench.Start;

/// <summary>The work whose first time in a process is measured: load a model, decode a picture, ask one question.</summary>
internal static class StartProbe
{
    /// <summary>Does it. The figures mean a start only where nothing of it has run in the process before.</summary>
    /// <param name="model">Folder of the model.</param>
    /// <param name="image">File of the picture.</param>
    /// <param name="options">Device and limits.</param>
    public static async Task<StartFigures> RunAsync(string model, string image, UniMedModelOptions options)
    {
        long began = Stopwatch.GetTimestamp();
        using UniMedModel loaded = UniMedModel.Load(model, options);
        long ready = Stopwatch.GetTimestamp();
        using (Study study = loaded.Open(image))
            await study.AskAsync("Which plane is this MRI slice in?").AsTask().ConfigureAwait(false);
        long answered = Stopwatch.GetTimestamp();
        return new StartFigures(
            Stopwatch.GetElapsedTime(began, ready).TotalMilliseconds,
            Stopwatch.GetElapsedTime(ready, answered).TotalMilliseconds,
            JitInfo.GetCompilationTime().TotalMilliseconds,
            JitInfo.GetCompiledMethodCount(),
            Environment.CpuUsage.TotalTime.TotalMilliseconds);
    }
}
