using UniMed.Bench;

namespace UniMed.GpuBench.Reporting;

/// <summary>A copy inside the card's memory.</summary>
/// <param name="Bytes">Bytes copied; each is read and written.</param>
/// <param name="Gigabytes">10^9 bytes read and written a second.</param>
/// <param name="EmptyMicroseconds">Time between two events with nothing between them: what a kernel's cold time contains besides the kernel.</param>
internal sealed record BandwidthRow(long Bytes, Spread Gigabytes, Spread EmptyMicroseconds);
