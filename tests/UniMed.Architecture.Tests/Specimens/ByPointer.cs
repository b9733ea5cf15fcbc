namespace UniMed.Architecture.Tests.Specimens;

/// <summary>Knows by the signature of a function pointer.</summary>
internal sealed class ByPointer
{
    public static unsafe nint Address(delegate*<Known, void> function) => (nint)function;
}
