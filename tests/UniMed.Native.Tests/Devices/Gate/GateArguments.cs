using Xunit;

namespace UniMed.Native.Tests.Devices.Gate;

/// <summary>The kinds of argument, each with everything that is wrong with one of its kind.</summary>
internal static class GateArguments
{
    /// <summary>A matrix on the device.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="rows">Rows it must have.</param>
    /// <param name="columns">Columns it must have.</param>
    /// <param name="anyRows">Any number of rows is right.</param>
    /// <param name="anyColumns">Any number of columns is right.</param>
    /// <param name="isNeeded">Null is not right, though the parameter's type allows it.</param>
    public static Argument Matrix(string name, int rows, int columns, bool anyRows = false, bool anyColumns = false, bool isNeeded = false)
    {
        List<WrongArgument> wrong =
        [
            new("of no buffer", typeof(ArgumentException), _ => default(Tensor)),
            new("of another instance", typeof(ArgumentException), bench => bench.Matrix(bench.Twin, rows, columns)),
            new("of another device", typeof(ArgumentException), bench => bench.Matrix(bench.Other, rows, columns)),
            new("disposed", typeof(ObjectDisposedException), bench =>
            {
                Tensor matrix = bench.Matrix(bench.Device, rows, columns);
                matrix.Buffer.Dispose();
                matrix.Buffer.Dispose();
                Assert.True(matrix.Buffer.IsDisposed);
                return matrix;
            }),
        ];
        if (isNeeded)
            wrong.Add(new("null", typeof(ArgumentNullException), _ => null));
        if (!anyRows)
        {
            wrong.Add(new("a row more", typeof(ArgumentException), bench => bench.Matrix(bench.Device, rows + 1, columns)));
            wrong.Add(new("no rows", typeof(ArgumentException), bench => bench.Matrix(bench.Device, 0, columns)));
        }

        if (!anyColumns)
        {
            wrong.Add(new("a column more", typeof(ArgumentException), bench => bench.Matrix(bench.Device, rows, columns + 1)));
            wrong.Add(new("no columns", typeof(ArgumentException), bench => bench.Matrix(bench.Device, rows, 0)));
        }

        return new Argument(name, (bench, device) => bench.Matrix(device, rows, columns), [.. wrong]);
    }

    /// <summary>Weights or a cache.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="make">Makes them on a device.</param>
    /// <param name="others">What else is wrong with some.</param>
    public static Argument Made(string name, Func<Device, DeviceObject> make, params WrongArgument[] others) => new(
        name,
        (bench, device) => bench.Keep(make(device)),
        [
            new("null", typeof(ArgumentNullException), _ => null),
            new("of another instance", typeof(ArgumentException), bench => bench.Keep(make(bench.Twin))),
            new("of another device", typeof(ArgumentException), bench => bench.Keep(make(bench.Other))),
            new("disposed", typeof(ObjectDisposedException), bench =>
            {
                DeviceObject made = make(bench.Device);
                made.Dispose();
                made.Dispose();
                Assert.True(made.IsDisposed);
                return made;
            }),
            .. others,
        ]);

    /// <summary>A value that is the same on every device.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="good">A good one.</param>
    /// <param name="wrong">Others, and the exception for each.</param>
    public static Argument Value(string name, object? good, params (object? Value, Type Exception)[] wrong) =>
        new(name, (_, _) => good, [.. wrong.Select(each => new WrongArgument(Describe(each.Value), each.Exception, _ => each.Value))]);

    /// <summary>A size that is at least 1.</summary>
    public static Argument Size(string name, int good) =>
        Value(name, good, (0, typeof(ArgumentOutOfRangeException)), (-1, typeof(ArgumentOutOfRangeException)), (int.MinValue, typeof(ArgumentOutOfRangeException)));

    /// <summary>A matrix of weights in host memory.</summary>
    public static Argument Weight(string name, int rows, int columns, bool anyRows = false, bool anyColumns = false) =>
        Host(name, rows, columns, anyRows, anyColumns, []);

    /// <summary>A vector or table of weights in host memory, which cannot be quantized.</summary>
    public static Argument Float(string name, int rows, int columns, bool anyRows = false, bool anyColumns = false) =>
        Host(name, rows, columns, anyRows, anyColumns, [("quantized", Stored(rows, columns, ElementType.I8))]);

    /// <summary>Layers of experts.</summary>
    public static Argument Layers(string name, int experts, int rows, int columns, bool anyColumns = false)
    {
        List<(string Name, List<(HostTensor, HostTensor)> Layers)> wrong =
        [
            ("an expert more", LayersOf(experts + 1, rows, columns)),
            ("an expert of another width", [.. LayersOf(experts - 1, rows, columns), .. LayersOf(1, rows + 1, columns)]),
            ("a bias of another width", [.. LayersOf(experts - 1, rows, columns), (Stored(rows, columns), Stored(1, rows + 1))]),
            ("a matrix of integers", [.. LayersOf(experts - 1, rows, columns), (Integers(rows, columns), Stored(1, rows))]),
            ("a default layer", [.. LayersOf(experts - 1, rows, columns), default]),
        ];
        if (!anyColumns)
            wrong.Add(("layers of another input", LayersOf(experts, rows, columns + 1)));
        return new Argument(
            name,
            (_, _) => LayersOf(experts, rows, columns),
            [new("null", typeof(ArgumentNullException), _ => null), .. wrong.Select(each => new WrongArgument(each.Name, typeof(ArgumentException), _ => each.Layers))]);
    }

    /// <summary>Random weights.</summary>
    public static HostTensor Stored(int rows, int columns, ElementType type = ElementType.F32) => new StoredMatrix(new Random(rows + columns), rows, columns, type).Tensor;

    /// <summary>Experts' layers.</summary>
    public static List<(HostTensor Weight, HostTensor Bias)> LayersOf(int experts, int rows, int columns) =>
        [.. Enumerable.Repeat((Stored(rows, columns), Stored(1, rows)), experts)];

    private static Argument Host(string name, int rows, int columns, bool anyRows, bool anyColumns, (string Name, HostTensor Tensor)[] others)
    {
        List<(string Name, HostTensor Tensor)> wrong = [("default", default), ("of integers", Integers(rows, columns)), ("without rows", Stored(0, columns)), ("without columns", Stored(rows, 0)), .. others];
        if (!anyRows)
            wrong.Add(("a row more", Stored(rows + 1, columns)));
        if (!anyColumns)
            wrong.Add(("a column more", Stored(rows, columns + 1)));
        return new Argument(name, (_, _) => Stored(rows, columns), [.. wrong.Select(each => new WrongArgument(each.Name, typeof(ArgumentException), _ => each.Tensor))]);
    }

    private static HostTensor Integers(int rows, int columns)
    {
        HostTensor stored = Stored(rows, columns);
        return new HostTensor(stored.Address, ElementType.I32, rows, columns, columns, stored.Owner);
    }

    private static string Describe(object? value) => value switch
    {
        null => "null",
        System.Collections.IEnumerable many and not string => $"[{string.Join(", ", many.Cast<object>())}]",
        GateBatch batch => $"rows {Describe(batch.RowOffsets)} from {Describe(batch.StartPositions)} in {Describe(batch.BlockTables)}",
        _ => value.ToString()!,
    };
}
