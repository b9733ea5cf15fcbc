namespace UniMed.Inference.Generation.Constraints;

/// <summary>How large a constraint may be.</summary>
internal static class ConstraintLimits
{
    /// <summary>States of the largest automaton over bytes: 8 MiB of transitions.</summary>
    public const int MaxStates = 16_384;

    /// <summary>Bytes of token masks that one constraint keeps for one model.</summary>
    public const int MaskBytes = 16 << 20;

    /// <summary>Characters of a string whose schema gives no maxLength, where it is alone or one of two.</summary>
    public const int DefaultMaxLength = 256;

    /// <summary>Characters of such strings together, where there are more.</summary>
    public const int SharedMaxLength = 512;

    /// <summary>Characters of such a string, however many there are.</summary>
    public const int SmallestMaxLength = 16;

    /// <summary>Elements of an array whose schema gives no maxItems.</summary>
    public const int DefaultMaxItems = 16;

    /// <summary>The error of a constraint beyond the limit.</summary>
    public static UniMedException TooLarge() => new(
        UniMedFailure.InvalidInput,
        $"The constraint is too large: it needs more than {MaxStates} states. Offer fewer or shorter choices, or give its schema lower maxLength and maxItems.");
}
