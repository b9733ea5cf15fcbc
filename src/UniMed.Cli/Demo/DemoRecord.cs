namespace UniMed.Cli.Demo;

/// <summary>The demo as JSON.</summary>
/// <param name="Device">The device it ran on.</param>
/// <param name="Output">The folder of the pictures.</param>
/// <param name="Rows">Questions and answers.</param>
internal sealed record DemoRecord(string Device, string Output, IReadOnlyList<DemoRow> Rows);
