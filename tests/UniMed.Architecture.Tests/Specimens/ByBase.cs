namespace UniMed.Architecture.Tests.Specimens;

/// <summary>Knows by its base type.</summary>
internal sealed class ByBase : Known;
