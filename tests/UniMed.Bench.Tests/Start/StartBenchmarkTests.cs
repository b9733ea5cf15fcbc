using UniMed.Bench.Start;
using UniMed.Inference;
using Xunit;

namespace UniMed.Bench.Tests;

public class StartBenchmarkTests
{
    [Fact]
    public async Task A_start_loads_the_model_and_asks_one_question_and_its_line_is_read_back()
    {
        StartFigures figures = await StartProbe.RunAsync(Golden.NanoModel, Path.Combine(Golden.Root, "samples", "slices", "mri_sagittal_073.png"), new UniMedModelOptions { Device = "cpu", Threads = 2 });

        Assert.True(figures.LoadMs > 0, "loading takes time");
        Assert.True(figures.FirstMs > 0, "a question takes time");
        Assert.True(figures.ProcessorMs > 0, "both take the processor");
        StartFigures read = StartFigures.Read($"something else\n{figures.ToLine()}\n");
        Assert.Equal(figures.CompiledMethods, read.CompiledMethods);
        Assert.Equal(figures.LoadMs, read.LoadMs, tolerance: 0.001);
        Assert.Equal(figures.FirstMs, read.FirstMs, tolerance: 0.001);
        Assert.Equal(figures.CompilationMs, read.CompilationMs, tolerance: 0.001);
        Assert.Equal(figures.ProcessorMs, read.ProcessorMs, tolerance: 0.001);
    }

    [Theory]
    [InlineData("nothing", "Expected a line that begins with 'start:', found: nothing")]
    [InlineData("start: 1 2", "Expected 5 numbers behind 'start:', found 2")]
    public void What_is_no_line_of_figures_is_named(string output, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => StartFigures.Read(output)).Message, StringComparison.Ordinal);

    [Fact]
    public void Programs_are_started_in_turns_with_one_start_each_that_is_not_counted()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The programs are lines of a shell.");
        string log = Path.Combine(Path.GetTempPath(), $"unimed-start-{Guid.NewGuid():N}");
        try
        {
            StartRound[][] rounds = StartBenchmark.Run([Shell($"echo a >> {log}; echo start: 1 2 3 4 5"), Shell($"echo b >> {log}; echo start: 6 7 8 9 10")], rounds: 3);

            Assert.Equal("ab ab ba ab".Replace(" ", "", StringComparison.Ordinal), File.ReadAllText(log).Replace("\n", "", StringComparison.Ordinal));
            Assert.All(rounds[0], round => Assert.Equal(new StartFigures(1, 2, 3, 4, 5), round.Figures));
            Assert.All(rounds[1], round => Assert.Equal(new StartFigures(6, 7, 8, 9, 10), round.Figures));
            Assert.All(rounds, all => Assert.Equal(3, all.Length));
            Assert.All(rounds.SelectMany(all => all), round => Assert.True(round.ProcessMs > 0, "a process takes time"));
        }
        finally
        {
            File.Delete(log);
        }
    }

    [Fact]
    public void A_program_that_fails_is_named_with_what_it_wrote()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The program is a line of a shell.");
        string message = Assert.Throws<InvalidOperationException>(() => StartBenchmark.Run([Shell("echo no such model >&2; exit 3")], rounds: 1)).Message;

        Assert.Contains("ended with 3: no such model", message, StringComparison.Ordinal);
        Assert.Contains("cannot be started", Assert.Throws<InvalidOperationException>(() => StartBenchmark.Run([["no-such-program-anywhere"]], rounds: 1)).Message, StringComparison.Ordinal);
    }

    private static string[] Shell(string line) => ["sh", "-c", line];
}
