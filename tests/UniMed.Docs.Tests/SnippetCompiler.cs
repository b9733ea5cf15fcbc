using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace UniMed.Docs.Tests;

/// <summary>Compiles programs as a new project of the .NET SDK would: implicit usings, nullable references, everything these tests refer to.</summary>
internal static class SnippetCompiler
{
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; "
        + "global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path)),
    ];

    // The SDK suppresses the same two: an assembly that another one asks for in an older version.
    private static readonly CSharpCompilationOptions Options =
        new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable)
            .WithAllowUnsafe(false)
            .WithSpecificDiagnosticOptions([new("CS1701", ReportDiagnostic.Suppress), new("CS1702", ReportDiagnostic.Suppress)]);

    /// <summary>Compiles a program.</summary>
    /// <returns>Errors and warnings with their lines in the document, none if it is as a reader may expect; and the assembly.</returns>
    public static (IReadOnlyList<string> Problems, byte[] Assembly) Compile(Snippet snippet)
    {
        var parsing = new CSharpParseOptions(LanguageVersion.Latest);
        var compilation = CSharpCompilation.Create(
            "Snippet",
            [CSharpSyntaxTree.ParseText(ImplicitUsings, parsing), CSharpSyntaxTree.ParseText(snippet.Code, parsing)],
            References,
            Options);
        using var assembly = new MemoryStream();
        IEnumerable<Diagnostic> found = compilation.Emit(assembly).Diagnostics.Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning);
        return ([.. found.Select(Describe)], assembly.ToArray());
    }

    /// <summary>Runs a compiled program and waits for its end.</summary>
    public static void Run(byte[] assembly) => Assembly.Load(assembly).EntryPoint!.Invoke(null, [Array.Empty<string>()]);

    private static string Describe(Diagnostic diagnostic)
    {
        FileLinePositionSpan place = diagnostic.Location.GetMappedLineSpan();
        return $"{place.Path}:{place.StartLinePosition.Line + 1}: {diagnostic.Id}: {diagnostic.GetMessage(null)}";
    }
}
