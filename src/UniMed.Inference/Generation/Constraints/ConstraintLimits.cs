namespace UniMed.Inference.Generation.Constraints;

/// <summary>How large a constraint may be.</summary>
internal static class ConstraintLimits
{
    /// <summary>States of the largest automaton over bytes: 8 MiB of transitions.</summary>
    public const int MostStates = 16_384;

    /// <summary>Bytes of token masks that one constraint keeps for one model.</summary>
    public const int MaskBytes = 16 << 20;

    /// <summary>The error of a constraint beyond the limit.</summary>
    public static UniMedException TooLarge() => new(
        UniMedFailure.InvalidInput,
        $"The constraint is too large: it needs more than {MostStates} states. Offer fewer or shorter choices, or lower maxLength and maxItems in its schema.");
}
