using UniMed.Native.Tests.Cuda;
using UniMed.Native.Tests.Devices;
using UniMed.PtxMachine.Driver;

namespace UniMed.Native.Tests.Ptx;

/// <summary>The kernels that pack weights, as the PTX that ships.</summary>
public sealed class PtxRepackingTests() : RepackingSuite(() => PtxDriver.Open(PtxFixture.Image(), Environment.ProcessorCount));
