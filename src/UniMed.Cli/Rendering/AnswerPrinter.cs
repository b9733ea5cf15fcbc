using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace UniMed.Cli.Rendering;

/// <summary>Prints what an answer carries beside its text, and writes records as JSON.</summary>
internal static class AnswerPrinter
{
    /// <summary>One line of JSON.</summary>
    public static void WriteJson<T>(CommandConsole console, T record, JsonTypeInfo<T> type) =>
        console.Output.WriteLine(JsonSerializer.Serialize(record, type));

    /// <summary>The text, then the details that were asked for.</summary>
    public static void Print(CommandConsole console, AnswerRecord answer, bool textIsShown)
    {
        if (!textIsShown)
            console.Output.WriteLine(TerminalText.Safe(answer.Text));
        PrintDetails(console, answer);
    }

    /// <summary>Routing, log-probabilities and timings, as far as they are there; and a word when the answer was cut off.</summary>
    public static void PrintDetails(CommandConsole console, AnswerRecord answer)
    {
        if (answer.FinishReason == "length")
            console.Error.WriteLine("unimed: the answer was cut off after --max-new-tokens tokens; raise it for more.");
        else if (answer.FinishReason == "context")
            console.Error.WriteLine("unimed: the answer was cut off where the model's context ends.");
        if (answer.UncalibratedAgreement is { } agreement)
        {
            string overlap = agreement.MeanPairwiseIou is { } iou ? Invariant($", mean overlap of their boxes {iou:0.00}") : "";
            console.Output.WriteLine(Invariant($"{agreement.Share * agreement.Samples:0} of {agreement.Samples} samples say so{overlap} (uncalibrated)"));
        }

        if (answer.Routing is { } routing)
            PrintRouting(console, routing);
        if (answer.LogProbabilities is { } logProbabilities)
            PrintLogProbabilities(console, answer.TokenIds, logProbabilities);
        if (answer.UncalibratedScore is { } score)
            console.Output.WriteLine(Invariant($"the whole answer, uncalibrated: log-probability {score.LogProbability:0.0000}, {score.MeanLogProbability:0.0000} a token, perplexity {score.Perplexity:0.000}"));
        if (answer.TimingsMs is { } timings)
            PrintTimings(console, timings);
    }

    private static void PrintRouting(CommandConsole console, IReadOnlyList<double> weights)
    {
        Table table = NewTable("expert", "mean routing weight");
        for (int expert = 0; expert < weights.Count; expert++)
            table.AddRow(new Text(expert.ToString(CultureInfo.InvariantCulture)), new Text(Invariant($"{weights[expert]:0.0000}")));
        console.Rich().Write(table);
    }

    private static void PrintLogProbabilities(CommandConsole console, IReadOnlyList<int> ids, IReadOnlyList<float> logProbabilities)
    {
        Table table = NewTable("token id", "log-probability", "probability");
        for (int i = 0; i < logProbabilities.Count; i++)
        {
            table.AddRow(
                new Text(ids[i].ToString(CultureInfo.InvariantCulture)),
                new Text(Invariant($"{logProbabilities[i]:0.0000}")),
                new Text(Invariant($"{100 * Math.Exp(logProbabilities[i]):0.0} %")));
        }

        console.Rich().Write(table);
    }

    private static void PrintTimings(CommandConsole console, TimingsRecord timings)
    {
        double tokens = timings.Tokens.Sum();
        Table table = NewTable("stage", "milliseconds");
        Add("vision", timings.Vision);
        Add("connector", timings.Connector);
        Add("prefill", timings.Prefill);
        Add(Invariant($"{timings.Tokens.Count} tokens"), tokens);
        Add("all", timings.Vision + timings.Connector + timings.Prefill + tokens);
        console.Rich().Write(table);

        void Add(string stage, double milliseconds) => table.AddRow(new Text(stage), new Text(Invariant($"{milliseconds:0.0}")));
    }

    private static Table NewTable(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Rounded);
        foreach (string column in columns)
            table.AddColumn(new TableColumn(new Text(column)));
        return table;
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
