namespace UniMed.Architecture.Tests.Specimens;

/// <summary>Knows behind an await, where the code is that of a state machine.</summary>
internal sealed class ByWaiting
{
    public static async Task<int> CountAsync()
    {
        await Task.Yield();
        return Known.Count();
    }
}
