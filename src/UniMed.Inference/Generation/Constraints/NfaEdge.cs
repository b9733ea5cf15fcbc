namespace UniMed.Inference.Generation.Constraints;

/// <summary>An edge of an <see cref="Nfa"/>.</summary>
/// <param name="To">Where it leads.</param>
/// <param name="Min">First byte it takes.</param>
/// <param name="Max">Last byte it takes; below the first one for an edge that takes none.</param>
/// <param name="Next">Number of the next edge of the same state; -1 for the last.</param>
internal readonly record struct NfaEdge(int To, byte Min, byte Max, int Next)
{
    /// <summary>True when it takes no byte.</summary>
    public bool IsEmpty => Min > Max;
}
