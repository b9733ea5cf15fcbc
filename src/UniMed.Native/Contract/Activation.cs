namespace UniMed.Native;

/// <summary>What a linear layer does to each output before a residual is added.</summary>
public enum Activation
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>x * Phi(x) with the exact error function (torch.nn.GELU's default).</summary>
    Gelu,
}
