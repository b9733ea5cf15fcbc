namespace UniMed.Architecture.Tests.Specimens;

/// <summary>Knows by a constraint.</summary>
internal sealed class ByConstraint<T>
    where T : Known
{
    public static string Name => typeof(T).Name;
}
