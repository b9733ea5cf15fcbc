namespace UniMed.Cli.Demo;

/// <summary>A bundled slice.</summary>
/// <param name="File">Its picture, beside slices.json.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Plane">axial, coronal or sagittal.</param>
/// <param name="Structures">The atlas's labels in it.</param>
internal sealed record DemoSlice(string File, int Width, int Height, string Plane, IReadOnlyList<DemoStructure> Structures);
