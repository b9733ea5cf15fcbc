namespace UniMed.Architecture.Tests.Specimens;

/// <summary>A type whose file no line of code names.</summary>
internal enum WithoutCode
{
    Nothing,
}
