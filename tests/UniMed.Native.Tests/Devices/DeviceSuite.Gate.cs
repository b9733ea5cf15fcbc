using UniMed.Native.Cpu;
using UniMed.Native.Reference;
using UniMed.Native.Tests.Devices.Gate;
using Xunit;

namespace UniMed.Native.Tests.Devices;

/// <content>The gate of the device contract: <see cref="GateTable"/> says what each operation refuses, with one type of exception for all devices.</content>
public abstract partial class DeviceSuite<TFixture>
{
    public static TheoryData<string> Operations => [.. GateTable.Operations.Select(operation => operation.Name)];

    [Theory]
    [MemberData(nameof(Operations))]
    public void Good_arguments_are_taken(string name)
    {
        using GateBench bench = Bench();
        GateOperation operation = Find(name);

        operation.Run(Device, Good(operation, bench, Device));
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void A_wrong_argument_is_refused_with_the_exception_of_the_table(string name)
    {
        using GateBench bench = Bench();
        GateOperation operation = Find(name);
        object?[] good = Good(operation, bench, Device);
        for (int i = 0; i < good.Length; i++)
        {
            foreach (WrongArgument wrong in operation.Arguments[i].Wrong)
            {
                object?[] arguments = [.. good];
                arguments[i] = wrong.Make(bench);
                AssertRefused(wrong.Exception, operation, arguments, $"{operation.Arguments[i].Name} {wrong.Name}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Outputs_may_overlap_inputs_only_where_the_operation_says_so(string name)
    {
        using GateBench bench = Bench();
        GateOperation operation = Find(name);
        foreach ((string output, string input, bool mayBeSame) in operation.Apart.Select(pair => (pair.Output, pair.Input, false)).Concat(operation.ApartOrSame.Select(pair => (pair.Output, pair.Input, true))))
        {
            long length = Length(input);
            operation.Run(Device, Placed(length));
            AssertRefused(typeof(ArgumentException), operation, Placed(length - 1), $"{output} on the last element of {input}");
            AssertRefused(typeof(ArgumentException), operation, Placed(1), $"{output} an element behind the first of {input}");
            if (mayBeSame)
                operation.Run(Device, Placed(0));
            else
                AssertRefused(typeof(ArgumentException), operation, Placed(0), $"{output} where {input} is");

            // The arguments with both matrices in one buffer, the output so many elements behind the input's first.
            object?[] Placed(long behind)
            {
                object?[] arguments = Good(operation, bench, Device);
                var from = (Tensor)arguments[IndexOf(input)]!;
                var to = (Tensor)arguments[IndexOf(output)]!;
                DeviceBuffer buffer = bench.Matrix(Device, 1, (int)(from.Length + behind + to.Length)).Buffer;
                arguments[IndexOf(input)] = new Tensor(buffer, 0, from.Rows, from.Columns);
                arguments[IndexOf(output)] = new Tensor(buffer, behind, to.Rows, to.Columns);
                return arguments;
            }
        }

        int IndexOf(string argument) => Array.FindIndex(operation.Arguments, each => each.Name == argument);

        long Length(string argument) => ((Tensor)operation.Arguments[IndexOf(argument)].Good(bench, Device)!).Length;
    }

    [Fact]
    public void A_disposed_device_refuses_every_operation()
    {
        using GateBench bench = Bench();
        using Device closed = Fixture.OpenAnother();
        object?[][] arguments = [.. GateTable.Operations.Select(operation => Good(operation, bench, closed))];
        DeviceStep step = bench.Keep(closed.CreateStep());

        closed.Dispose();

        Assert.True(closed.IsDisposed);
        for (int i = 0; i < arguments.Length; i++)
            AssertRefused(typeof(ObjectDisposedException), GateTable.Operations[i], arguments[i], "on a disposed device", closed);
        Assert.Throws<ObjectDisposedException>(() => step.Run(0, _ => { }));
    }

    [Fact]
    public void An_object_of_another_instance_is_refused_by_the_names_of_both()
    {
        using GateBench bench = Bench();
        LinearWeights weights = bench.Keep(bench.Twin.LoadLinear(GateArguments.Stored(3, 4), null));

        string another = Assert.Throws<ArgumentException>("weights", () => Device.Linear(weights, bench.Matrix(Device, 2, 4), Activation.None, null, bench.Matrix(Device, 2, 3))).Message;
        string other = Assert.Throws<ArgumentException>("destination", () => Device.Copy(bench.Matrix(Device, 1, 1), bench.Matrix(bench.Other, 1, 1))).Message;

        Assert.Contains($"another instance of device '{bench.Twin.Info.Name}', not by this device '{Device.Info.Name}'", another, StringComparison.Ordinal);
        Assert.Contains($"device '{bench.Other.Info.Name}', not by this device '{Device.Info.Name}'", other, StringComparison.Ordinal);
    }

    private static GateOperation Find(string name) => GateTable.Operations.Single(operation => operation.Name == name);

    private static object?[] Good(GateOperation operation, GateBench bench, Device device) => [.. operation.Arguments.Select(argument => argument.Good(bench, device))];

    private GateBench Bench() => new(Device, Own(Fixture.OpenAnother()), Own(Device is ReferenceDevice ? new CpuDevice(new CpuDeviceOptions { Threads = 1 }) : (Device)new ReferenceDevice()));

    private void AssertRefused(Type exception, GateOperation operation, object?[] arguments, string what, Device? device = null)
    {
        Exception? thrown = Record.Exception(() => operation.Run(device ?? Device, arguments));
        Assert.True(thrown?.GetType() == exception, $"{operation.Name}, {what}: {exception.Name} is expected, not {thrown?.ToString() ?? "nothing"}");
    }
}
