using System.Reflection;
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
        Assembly assembly = name switch
        {
            "UniMed.Native" => typeof(Device).Assembly,
            "UniMed.Inference" => typeof(UniMedModel).Assembly,
            "UniMed.Hosting.AspNetCore" => typeof(UniMedProblemDetails).Assembly,
            _ => typeof(UniMedChatClient).Assembly,
        };
        string approvedPath = Path.Combine(Golden.Root, "tests", "UniMed.PublicApi.Tests", name + ".approved.txt");
        string actual = assembly.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false }).ReplaceLineEndings("\n") + "\n";
        string approved = File.Exists(approvedPath) ? File.ReadAllText(approvedPath) : "";
        if (actual == approved)
            return;

        string receivedPath = Path.Combine(Path.GetTempPath(), name + ".received.txt");
        File.WriteAllText(receivedPath, actual);
        Assert.Fail($"The public API of {name} differs from {approvedPath}. Compare it with {receivedPath}; if the change is meant, copy that file over the approved one.");
    }
}
