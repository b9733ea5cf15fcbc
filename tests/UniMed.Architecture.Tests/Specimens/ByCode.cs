namespace UniMed.Architecture.Tests.Specimens;

/// <summary>Knows by a call in a lambda, which the compiler puts into a type of its own.</summary>
internal sealed class ByCode
{
    public static Func<int, int> Adding(int more) => number => number + more + Known.Count();
}
