using System.Reflection;
using System.Runtime.CompilerServices;
using PublicApiGenerator;
using UniMed.Hosting;
using UniMed.Hosting.AspNetCore;
using UniMed.Inference;
using UniMed.Native;
using UniMed.Tests;
using Xunit;

namespace UniMed.PublicApi.Tests;

/// <summary>The public surface is a file in the repository: a change to it is a change someone reads.</summary>
public class PublicApiTests
{
    public static TheoryData<string> Assemblies => ["UniMed.Native", "UniMed.Inference", "UniMed.Hosting", "UniMed.Hosting.AspNetCore"];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void The_public_surface_is_the_approved_one(string name)
    {
        string approvedPath = Path.Combine(Golden.Root, "tests", "UniMed.PublicApi.Tests", name + ".approved.txt");
        string actual = Load(name).GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false, DenyNamespacePrefixes = [] }).ReplaceLineEndings("\n") + "\n";
        string approved = File.Exists(approvedPath) ? File.ReadAllText(approvedPath) : "";
        if (actual == approved)
            return;

        string receivedPath = Path.Combine(Path.GetTempPath(), name + ".received.txt");
        File.WriteAllText(receivedPath, actual);
        Assert.Fail($"The public API of {name} differs from {approvedPath}. Compare it with {receivedPath}; if the change is meant, copy that file over the approved one.");
    }

    /// <summary>What the command line can do, any host can do.</summary>
    [Theory]
    [MemberData(nameof(Assemblies))]
    public void The_command_line_and_the_hosting_library_see_nothing_but_the_public_surface(string name)
    {
        IEnumerable<string> friends = Load(name).GetCustomAttributes<InternalsVisibleToAttribute>().Select(friend => friend.AssemblyName);
        Assert.DoesNotContain(friends, friend => friend is "unimed" or "UniMed.Hosting");
    }

    private static Assembly Load(string name) => name switch
    {
        "UniMed.Native" => typeof(Device).Assembly,
        "UniMed.Inference" => typeof(UniMedModel).Assembly,
        "UniMed.Hosting.AspNetCore" => typeof(UniMedProblemDetails).Assembly,
        _ => typeof(UniMedChatClient).Assembly,
    };
}
