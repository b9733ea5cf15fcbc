using UniMed.Native.Tests.Expected;
using Xunit;

namespace UniMed.Native.Tests.Devices;

/// <summary>
/// What every operation's tests share. After each test all sentinels around all matrices are checked, inputs must be unchanged, and disposal must bring the device's
/// memory back to where it was.
/// </summary>
public abstract class DeviceTests<TFixture> : IClassFixture<TFixture>, IDisposable
    where TFixture : class, IDeviceFixture
{
    private readonly List<IDisposable> _owned = [];
    private readonly long _allocatedBefore;

    protected DeviceTests(TFixture fixture)
    {
        Fixture = fixture;
        _allocatedBefore = fixture.Device.AllocatedBytes;
    }

    protected TFixture Fixture { get; }

    protected Device Device => Fixture.Device;

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        try
        {
            foreach (DeviceMatrix matrix in _owned.OfType<DeviceMatrix>())
                matrix.AssertIntact();
        }
        finally
        {
            foreach (IDisposable owned in _owned)
                owned.Dispose();
        }

        Assert.Equal(_allocatedBefore, Device.AllocatedBytes);
    }

    /// <summary>Disposes it after the test.</summary>
    protected T Own<T>(T disposable)
        where T : IDisposable
    {
        lock (_owned)
            _owned.Add(disposable);
        return disposable;
    }

    /// <summary>A matrix that operations must leave as it is.</summary>
    protected Tensor Input(float[,] values) => Own(new DeviceMatrix(Device, values, isInput: true)).Tensor;

    /// <summary>A matrix to be written, or to be changed in place.</summary>
    protected DeviceMatrix Output(float[,] values) => Own(new DeviceMatrix(Device, values, isInput: false));

    /// <summary>A matrix to be written; it holds sentinels until then.</summary>
    protected DeviceMatrix Output(int rows, int columns) => Own(new DeviceMatrix(Device, rows, columns));

    /// <summary>A matrix of the right kind for a call that is refused before it is looked at.</summary>
    protected Tensor Any(int rows, int columns) => Output(rows, columns).Tensor;

    /// <summary>The call is an <see cref="ArgumentException"/>, of whichever kind.</summary>
    protected static void Refused(Action call) => Assert.ThrowsAny<ArgumentException>(call);

    /// <summary>An input as products with weights of a type see it.</summary>
    protected Bounded[,] Seen(float[,] input, ElementType weights) => Fixture.Operands(ExpectedLinear.Exact(input), weights);

    protected void AssertClose(Bounded[,] expected, float[,] actual) => AssertWithin(Fixture.Tolerance, expected, actual);

    protected static void AssertWithin(double tolerance, Bounded[,] expected, float[,] actual)
    {
        Assert.Equal(expected.GetLength(0), actual.GetLength(0));
        Assert.Equal(expected.GetLength(1), actual.GetLength(1));
        for (int r = 0; r < expected.GetLength(0); r++)
        {
            for (int c = 0; c < expected.GetLength(1); c++)
            {
                (double value, double magnitude) = expected[r, c];
                double allowed = (tolerance * magnitude) + float.Epsilon;
                if (!(Math.Abs(actual[r, c] - value) <= allowed))
                    Assert.Fail($"Row {r}, column {c}: {actual[r, c]:R} instead of {value:R}; allowed are {allowed:G3}, it is {Math.Abs(actual[r, c] - value) / magnitude:G3} of the terms.");
            }
        }
    }

    /// <summary>
    /// An operation that treats each row by itself gives each row the same bits alone, in any order, and beside rows that are NaN or infinite.
    /// </summary>
    protected static void AssertRowsAreIndependent(float[,] rows, Func<float[,], float[,]> operation)
    {
        float[,] together = operation(rows);
        int count = rows.GetLength(0);
        for (int row = 0; row < count; row++)
            Matrices.AssertSameBits(together.Rows(row), operation(rows.Rows(row)));

        int[] reversed = [.. Enumerable.Range(0, count).Reverse()];
        Matrices.AssertSameBits(together.Rows(reversed), operation(rows.Rows(reversed)));

        foreach (float poison in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            int[] others = [.. Enumerable.Range(0, count).Where(row => row != count / 2)];
            Matrices.AssertSameBits(together.Rows(others), operation(rows.WithRow(count / 2, poison)).Rows(others));
        }
    }

    /// <summary>Callers at once get what one caller gets.</summary>
    protected static void AssertParallelCallersAgree(Func<float[,]> operation)
    {
        float[,] alone = operation();
        var results = new float[6][,];
        Parallel.For(0, results.Length, new ParallelOptions { MaxDegreeOfParallelism = results.Length }, i => results[i] = operation());
        Assert.All(results, result => Matrices.AssertSameBits(alone, result));
    }
}
