namespace UniMed.Architecture.Tests.Specimens;

/// <summary>Knows by a field of a nested type.</summary>
internal sealed class ByNested
{
    internal sealed class Holder
    {
        public Known? Held { get; set; }
    }
}
