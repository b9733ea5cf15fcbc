namespace UniMed.Fuzz;

/// <summary>The list of targets: a new one is one file and one line here.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<IFuzzTarget> All { get; } =
    [
        new SafetensorsTarget(),
        new SafetensorsIndexTarget(),
        new ConfigTarget(),
        new TorchArchiveTarget(),
        new ImageTarget(),
        new JpegTarget(),
        new TokenizerTarget(),
        new SpecialTokensTarget(),
        new JsonSchemaTarget(),
    ];
}
