namespace UniMed.Architecture.Tests.Specimens;

/// <summary>Knows by a generic argument of a signature, without code.</summary>
internal interface IByGenericArgument
{
    void Take(IReadOnlyList<Known[]> all);
}
