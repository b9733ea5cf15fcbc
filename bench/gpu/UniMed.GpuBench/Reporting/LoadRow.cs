using UniMed.Bench;

namespace UniMed.GpuBench.Reporting;

/// <summary>A matrix on its way to the card.</summary>
/// <param name="Dtype">How it is stored.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Bytes">Bytes on the card.</param>
/// <param name="Card">10^9 bytes a second as the device loads it: the card packs.</param>
/// <param name="Host">10^9 bytes a second packed on the host.</param>
/// <param name="RowsAlone">What the host does of the first: rows, without their journey.</param>
/// <param name="PackedAlone">What the host does of the second.</param>
/// <param name="DifferingBytes">Bytes of the one that the other has not.</param>
internal sealed record LoadRow(string Dtype, int Rows, int Columns, long Bytes, Spread Card, Spread Host, Spread RowsAlone, Spread PackedAlone, long DifferingBytes)
{
    /// <summary>The card packs as the host does.</summary>
    public bool Passed => DifferingBytes == 0;
}
