using System.Reflection;

namespace UniMed.Tests;

/// <summary>What of an assembly's public surface may wait: methods that give something to await, and disposals.</summary>
internal static class AwaitableApi
{
    /// <summary>Names such as "Study.AskAsync", each once, sorted.</summary>
    /// <param name="assembly">The assembly.</param>
    /// <param name="mainNamespace">Where disposals count: elsewhere they close a file and wait for nobody.</param>
    public static string[] Of(Assembly assembly, string mainNamespace) =>
    [
        .. assembly.GetExportedTypes()
            .Where(type => !type.IsInterface)
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
                .Where(method => IsAwaitable(method.ReturnType) || (method.Name == "Dispose" && type.Namespace == mainNamespace))
                .Select(method => $"{type.Name}.{method.Name}"))
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];

    private static bool IsAwaitable(Type type) =>
        type.GetMethod("GetAwaiter") is not null
        || type.Name.Contains("Awaiter", StringComparison.Ordinal)
        || type.GetInterfaces().Append(type).Any(each => each.IsGenericType && (each.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>) || each.GetGenericTypeDefinition() == typeof(IAsyncEnumerator<>)));
}
