using System.Diagnostics;
using System.Text.Json;
using UniMed.CpuBench;

namespace UniMed.Peers;

/// <summary>llama.cpp with one model loaded, in a process of its own; it works only while a round is asked for.</summary>
internal sealed class LlamaCppPeer : IDisposable
{
    private readonly Process _process;

    /// <summary>Starts it and waits until the model is loaded.</summary>
    /// <param name="folder">Folder with rounds.mjs and node_modules.</param>
    /// <param name="model">GGUF file.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="prompt">Tokens of a prompt.</param>
    /// <param name="fresh">New tokens.</param>
    public LlamaCppPeer(string folder, string model, int threads, int prompt, int fresh)
    {
        _process = Process.Start(new ProcessStartInfo("node", ["rounds.mjs", model, $"{threads}", $"{prompt}", $"{fresh}", BenchClock.ByProcessorTime ? "cpu" : "wall"])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        while (Line() != "ready")
        {
        }
    }

    /// <summary>Times a prompt and the tokens after it.</summary>
    public (double Prompt, double Decode) Round()
    {
        _process.StandardInput.WriteLine("go");
        _process.StandardInput.Flush();
        while (true)
        {
            string line = Line();
            if (!line.StartsWith('{'))
                continue;
            using JsonDocument seconds = JsonDocument.Parse(line);
            return (seconds.RootElement.GetProperty("prompt").GetDouble(), seconds.RootElement.GetProperty("decode").GetDouble());
        }
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(10_000))
            _process.Kill();
        _process.Dispose();
    }

    private string Line() =>
        _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("llama.cpp's process ended; run 'npm install --ignore-scripts' in bench/peers/llama.cpp, or see its messages above.");
}
