namespace UniMed.Cli.Demo;

/// <summary>The bundled slices and what the demo asks about them: slices.json.</summary>
internal sealed record DemoSet(IReadOnlyList<DemoSlice> Slices, IReadOnlyList<DemoQuestion> Questions);
