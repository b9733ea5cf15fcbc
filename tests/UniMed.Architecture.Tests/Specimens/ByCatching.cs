namespace UniMed.Architecture.Tests.Specimens;

/// <summary>Knows by what it catches.</summary>
internal sealed class ByCatching
{
    public static bool Runs(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Known)
        {
            return false;
        }
    }
}
