namespace UniMed.Architecture.Tests.Specimens;

/// <summary>What the other specimens know, each in its own way.</summary>
internal class Known : Exception
{
    public static int Count() => 1;
}
