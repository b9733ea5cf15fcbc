namespace UniMed.Native;

/// <summary>How a picture becomes the vision transformer's input: through a window to bytes, resized in one or two passes that each round to bytes, then a number for each byte.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record PixelPreparation
{
    /// <summary>Levels that a byte has.</summary>
    public const int ByteLevels = 256;

    /// <summary>Levels that a 16-bit sample has.</summary>
    public const int WordLevels = 65536;

    /// <summary>Side of the square result.</summary>
    public required int Side { get; init; }

    /// <summary>The byte of each 16-bit sample, by its bits; empty for pictures of other samples.</summary>
    public ReadOnlyMemory<byte> Levels { get; init; }

    /// <summary>The pass along rows; null where the width is the side already.</summary>
    public ResamplePass? Horizontal { get; init; }

    /// <summary>The pass down columns; null where the height is the side already.</summary>
    public ResamplePass? Vertical { get; init; }

    /// <summary>Whether the pass down columns comes first.</summary>
    public bool IsVerticalFirst { get; init; }

    /// <summary>The number of each byte: 256 of red, of green, of blue.</summary>
    public required ReadOnlyMemory<float> Normalized { get; init; }

    /// <summary>Requires that it fits a picture.</summary>
    /// <exception cref="ArgumentException">It does not; the message says what.</exception>
    internal void RequireFits(DevicePixels pixels)
    {
        bool isGray16 = pixels.Format is DevicePixelFormat.Gray16 or DevicePixelFormat.SignedGray16;
        if (Levels.Length != (isGray16 ? WordLevels : 0))
            throw new ArgumentException($"{Levels.Length} levels for {pixels.Format}; it takes {(isGray16 ? WordLevels : 0)}.", nameof(pixels));
        if (Normalized.Length != 3 * ByteLevels)
            throw new ArgumentException($"{Normalized.Length} normalized numbers; there are {3 * ByteLevels}.", nameof(pixels));
        RequirePass(Horizontal, pixels.Width, "width");
        RequirePass(Vertical, pixels.Height, "height");
    }

    private void RequirePass(ResamplePass? pass, int size, string name)
    {
        if (pass is null ? size != Side : pass.Inputs != size || pass.Positions != Side)
            throw new ArgumentException($"The picture's {name} is {size} and the side {Side}; the pass goes from {pass?.Inputs ?? size} to {pass?.Positions ?? size}.", name);
    }
}
