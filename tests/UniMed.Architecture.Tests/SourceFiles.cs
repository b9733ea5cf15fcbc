using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace UniMed.Architecture.Tests;

/// <summary>The source files of an assembly's types, as its embedded symbols name them.</summary>
internal static class SourceFiles
{
    // "TypeDefinitionDocuments" of the portable PDB: files of types that have no code, as interfaces and enums.
    private static readonly Guid TypeDocuments = new("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");

    /// <summary>Files by the type's metadata token, each from the project's folder on, with slashes.</summary>
    /// <param name="assembly">Path of the assembly.</param>
    /// <param name="folder">The project's folder in the repository, such as "src/UniMed.Inference".</param>
    public static IReadOnlyDictionary<int, IReadOnlyList<string>> Of(string assembly, string folder)
    {
        using var image = new PEReader(File.OpenRead(assembly));
        DebugDirectoryEntry embedded =
            image.ReadDebugDirectory().Single(entry => entry.Type == DebugDirectoryEntryType.EmbeddedPortablePdb);
        using MetadataReaderProvider symbols = image.ReadEmbeddedPortablePdbDebugDirectoryData(embedded);
        MetadataReader types = image.GetMetadataReader(), pdb = symbols.GetMetadataReader();
        return types.TypeDefinitions.ToDictionary(
            type => MetadataTokens.GetToken(type),
            type => (IReadOnlyList<string>)
            [
                .. Documents(types, pdb, type).Distinct()
                    .Select(document => Path(pdb, document, folder)).OfType<string>(),
            ]);
    }

    private static IEnumerable<DocumentHandle> Documents(
        MetadataReader types, MetadataReader pdb, TypeDefinitionHandle type)
    {
        foreach (MethodDefinitionHandle method in types.GetTypeDefinition(type).GetMethods())
        {
            MethodDebugInformation body = pdb.GetMethodDebugInformation(method);
            if (!body.SequencePointsBlob.IsNil)
            {
                foreach (SequencePoint point in body.GetSequencePoints())
                    yield return point.Document;
            }
        }

        foreach (CustomDebugInformationHandle handle in pdb.GetCustomDebugInformation(type))
        {
            CustomDebugInformation information = pdb.GetCustomDebugInformation(handle);
            if (pdb.GetGuid(information.Kind) != TypeDocuments)
                continue;
            BlobReader rows = pdb.GetBlobReader(information.Value);
            while (rows.RemainingBytes > 0)
                yield return MetadataTokens.DocumentHandle(rows.ReadCompressedInteger());
        }
    }

    // What a generator writes lies in obj, if anywhere.
    private static string? Path(MetadataReader pdb, DocumentHandle document, string folder)
    {
        string path = pdb.GetString(pdb.GetDocument(document).Name).Replace('\\', '/');
        string project = $"/{folder}/";
        int at = path.LastIndexOf(project, StringComparison.Ordinal);
        string? file = at < 0 ? null : path[(at + project.Length)..];
        bool isGenerated = file is null
            || file.StartsWith("obj/", StringComparison.Ordinal) || file.EndsWith(".g.cs", StringComparison.Ordinal);
        return isGenerated ? null : file;
    }
}
