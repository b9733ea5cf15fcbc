using System.Diagnostics.CodeAnalysis;

namespace UniMed.Native;

/// <summary>Whether ILGPU may be in this program. The trimmer knows the property by its switch, which UniMed.Native.Ilgpu.targets sets, and leaves out what stands behind it.</summary>
internal static class IlgpuFeature
{
    private const string Switch = "UniMed.Native.Ilgpu.IsSupported";

    /// <summary>False where the program was published trimmed or compiled ahead of time; true by default.</summary>
    [FeatureSwitchDefinition(Switch)]
    public static bool IsSupported => !AppContext.TryGetSwitch(Switch, out bool isSupported) || isSupported;
}
