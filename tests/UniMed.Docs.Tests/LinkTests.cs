using Xunit;

namespace UniMed.Docs.Tests;

/// <summary>Links lead somewhere.</summary>
public class LinkTests
{
    public static TheoryData<string> Documents => [.. Document.Names];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_into_the_repository_has_a_file_and_a_heading(string name)
    {
        Document document = Document.Read(name);
        foreach (string link in document.Links.Where(link => !link.Contains("://", StringComparison.Ordinal) && !link.StartsWith("mailto:", StringComparison.Ordinal)))
        {
            string[] parts = link.Split('#', 2);
            string path = parts[0].Length == 0 ? Path.Combine(Golden.Root, name) : Path.GetFullPath(Path.Combine(document.Folder, parts[0]));
            Assert.True(File.Exists(path) || Directory.Exists(path), $"{name}: the link {link} leads to no file.");
            if (parts.Length == 2)
                Assert.Contains(parts[1], Document.Read(Path.GetRelativePath(Golden.Root, path)).Anchors);
        }
    }

    [Fact]
    public void The_index_lists_every_document()
    {
        Document index = Document.Read("docs/README.md");
        IEnumerable<string> documents = Directory.EnumerateFiles(index.Folder, "*.md").Select(path => Path.GetFileName(path)).Where(file => file != "README.md");
        Assert.Empty(documents.Except(index.Links));
    }

    [Fact]
    public void The_readme_s_test_command_is_what_the_workflow_runs()
    {
        const string Command = "bash tests/run";
        Assert.Contains(Document.Read("README.md").Fences, fence => fence.Commands.Contains(Command));
        Assert.Contains("run: " + Command, File.ReadAllText(Path.Combine(Golden.Root, ".github", "workflows", "ci.yml")), StringComparison.Ordinal);
    }
}
