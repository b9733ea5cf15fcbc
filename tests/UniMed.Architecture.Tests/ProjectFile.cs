using System.Xml.Linq;
using UniMed.Tests;

namespace UniMed.Architecture.Tests;

/// <summary>What a project file says: the projects it refers to, and the assemblies that see its inner parts.</summary>
/// <param name="Name">The file's name without its ending.</param>
/// <param name="Assembly">The assembly's name.</param>
/// <param name="References">Names of the projects it refers to.</param>
/// <param name="Friends">Assemblies that see its inner parts.</param>
internal sealed record ProjectFile(
    string Name, string Assembly, IReadOnlyList<string> References, IReadOnlyList<string> Friends)
{
    /// <summary>The projects of src and weights-converter: what ships, and what is in it.</summary>
    public static IReadOnlyList<ProjectFile> All { get; } =
    [
        .. new[] { "src", "weights-converter" }
            .Select(folder => Path.Combine(Golden.Root, folder))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.csproj", SearchOption.AllDirectories))
            .Select(Read),
    ];

    private static ProjectFile Read(string path)
    {
        XDocument project = XDocument.Load(path);
        string name = Path.GetFileNameWithoutExtension(path);
        return new ProjectFile(
            name,
            project.Descendants("AssemblyName").FirstOrDefault()?.Value ?? name,
            [.. Included(project, "ProjectReference").Select(Path.GetFileNameWithoutExtension).OfType<string>()],
            Included(project, "InternalsVisibleTo"));
    }

    private static string[] Included(XDocument project, string item) =>
    [
        .. project.Descendants(item).Attributes("Include").Select(attribute => attribute.Value.Replace('\\', '/')),
    ];
}
