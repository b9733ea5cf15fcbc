namespace UniMed.Native.Tests.Devices;

/// <summary>Sizes of a router test. No task columns is router_token, no token columns router_task.</summary>
public sealed record RouterShape(int Experts, int TaskColumns, int TokenColumns, int TaskTokens, int TokensPerImage, int Images)
{
    /// <summary>Width between the layers; not a multiple of anything.</summary>
    public int Hidden => (3 * (TaskColumns + TokenColumns)) + 1;

    /// <summary>Visual tokens of all images.</summary>
    public int Rows => TokensPerImage * Images;
}
