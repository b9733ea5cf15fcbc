namespace UniMed.Native.Reference;

/// <summary>How long a scratch array of the reference device may be.</summary>
internal static class ScratchLength
{
    /// <summary>Length of a scratch array, at least 1.</summary>
    /// <exception cref="ArgumentException">There are more intermediate numbers than an array holds.</exception>
    public static int Of(long elements, string name) =>
        elements <= Array.MaxLength
            ? (int)Math.Max(1, elements)
            : throw new ArgumentException($"{name} has too many rows for one call: {elements} intermediate numbers; the reference device takes up to {Array.MaxLength}.", name);
}
