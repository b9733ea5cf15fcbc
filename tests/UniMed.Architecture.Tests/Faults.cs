using Xunit;

namespace UniMed.Architecture.Tests;

/// <summary>Fails with all faults at once.</summary>
internal static class Faults
{
    public static void None(IReadOnlyList<string> faults)
    {
        if (faults.Count > 0)
            Assert.Fail($"{faults.Count} faults:\n{string.Join('\n', faults)}");
    }
}
