using System.ComponentModel;

namespace UniMed.Architecture.Tests.Specimens;

/// <summary>Knows by an attribute's argument.</summary>
internal sealed class ByAttribute
{
    [DefaultValue(typeof(Known), "")]
    public static int Value => 0;
}
