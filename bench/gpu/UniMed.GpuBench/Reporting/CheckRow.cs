namespace UniMed.GpuBench.Reporting;

/// <summary>One comparison with the reference device.</summary>
/// <param name="Operation">Operation of Device.</param>
/// <param name="Case">Shapes and types.</param>
/// <param name="Error">Largest error: of its row's root mean square, or a number of differing bits or tokens where <paramref name="Bound"/> is 0.</param>
/// <param name="Bound">Largest error that passes.</param>
internal sealed record CheckRow(string Operation, string Case, double Error, double Bound)
{
    /// <summary>False also when the error is NaN.</summary>
    public bool Passed => Error <= Bound;
}
