using UniMed.Bench.Synthetic;

namespace UniMed.GpuBench.Checks;

/// <summary>Sizes at which operations are checked.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Hidden">Width of the language model.</param>
/// <param name="Intermediate">Width of its MLP.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KvHeads">Key and value heads.</param>
/// <param name="HeadDim">Channels of a head.</param>
/// <param name="Vocabulary">Token ids.</param>
/// <param name="VisionWidth">Width of the vision transformer.</param>
/// <param name="VisionHeads">Its heads.</param>
/// <param name="Patch">Side of a patch.</param>
/// <param name="Grid">Patches on a side.</param>
/// <param name="RouterHidden">Width between the router's layers.</param>
/// <param name="Experts">Experts.</param>
/// <param name="Tokens">Token counts of linear layers.</param>
internal sealed record CheckShape(
    string Name, int Hidden, int Intermediate, int Heads, int KvHeads, int HeadDim, int Vocabulary, int VisionWidth, int VisionHeads, int Patch, int Grid, int RouterHidden, int Experts, int[] Tokens)
{
    /// <summary>Nothing is a multiple of a tile; grouped heads of 64.</summary>
    public static CheckShape Odd { get; } = new("odd", 203, 331, 6, 2, 64, 1003, 90, 3, 6, 5, 301, 3, [1, 3, 11, 23, 70]);

    /// <summary>The small model's.</summary>
    public static CheckShape Nano { get; } = new("nano", 256, 688, 2, 2, 128, 1024, 176, 2, 14, 12, 1024, 5, [1, 8, 32, 70]);

    /// <summary>The full-size model's; the router's hidden layer is an eighth of its, since the reference computes it too.</summary>
    public static CheckShape Full { get; } = new("full", 4096, 11008, 32, 32, 128, 32000, 1408, 16, 14, 16, 5632, 5, [1, 8, 33, 70]);

    /// <summary>Shapes to check for a model.</summary>
    public static IReadOnlyList<CheckShape> For(SyntheticShape shape) => shape.Name == SyntheticShape.Nano.Name ? [Odd, Nano] : [Odd, Nano, Full];

    /// <summary>Channels of a visual token.</summary>
    public int Channels => 4 * VisionWidth;
}
