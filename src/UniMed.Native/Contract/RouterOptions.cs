namespace UniMed.Native;

/// <summary>How to route.</summary>
/// <param name="Kind">router_type.</param>
/// <param name="TopK">Experts kept by <see cref="RouterKind.Sparse"/>: 1 to the number of experts.</param>
/// <param name="Expert">The expert chosen by <see cref="RouterKind.Hard"/>.</param>
public readonly record struct RouterOptions(RouterKind Kind, int TopK = 0, int Expert = 0);
