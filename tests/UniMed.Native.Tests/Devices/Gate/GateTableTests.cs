using System.Reflection;
using Xunit;

namespace UniMed.Native.Tests.Devices.Gate;

/// <summary>The table of the gate's tests leaves nothing out.</summary>
public sealed class GateTableTests
{
    private static IEnumerable<MethodInfo> Operations => typeof(Device)
        .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .Where(method => !method.IsSpecialName && method.Name != nameof(Device.Dispose));

    [Fact]
    public void Every_public_operation_of_a_device_is_in_the_table() =>
        Assert.Equal(Operations.Select(method => method.Name).Order(), GateTable.Operations.Select(operation => operation.Method).Distinct().Order());

    [Fact]
    public void Every_parameter_of_every_operation_has_something_wrong_in_the_table()
    {
        foreach (MethodInfo method in Operations)
        {
            GateOperation[] rows = [.. GateTable.Operations.Where(operation => operation.Method == method.Name)];
            string[] parameters = [.. method.GetParameters().Select(parameter => parameter.Name!)];
            Assert.All(rows, row => Assert.Equal(parameters, row.Arguments.Select(argument => argument.Name)));
            foreach (string parameter in parameters)
                Assert.True(rows.Any(row => row.Arguments.Single(argument => argument.Name == parameter).Wrong.Length > 0), $"{method.Name}: {parameter}");
        }
    }

    [Fact]
    public void An_operation_is_its_devices_own_only_behind_the_gate() =>
        Assert.DoesNotContain(Operations, method => method.IsVirtual);
}
