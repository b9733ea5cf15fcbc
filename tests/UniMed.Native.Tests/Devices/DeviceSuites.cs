namespace UniMed.Native.Tests.Devices;

/// <summary>The reference device.</summary>
public sealed class ReferenceDeviceTests(ReferenceFixture fixture) : SamplingDeviceSuite<ReferenceFixture>(fixture);

/// <summary>The SIMD device; tests/run repeats it with each instruction set forced.</summary>
public sealed class CpuDeviceTests(CpuFixture fixture) : SamplingDeviceSuite<CpuFixture>(fixture);

/// <summary>The CUDA kernels, emulated on the CPU.</summary>
public sealed class EmulatedCudaDeviceTests(EmulatedCudaFixture fixture) : SamplingDeviceSuite<EmulatedCudaFixture>(fixture);

/// <summary>The CUDA kernels as PTX, run instruction by instruction.</summary>
public sealed class PtxDeviceTests(PtxFixture fixture) : SamplingDeviceSuite<PtxFixture>(fixture);

/// <summary>The ILGPU kernels, on ILGPU's CPU accelerator.</summary>
public sealed class IlgpuCpuDeviceTests(IlgpuCpuFixture fixture) : SamplingDeviceSuite<IlgpuCpuFixture>(fixture);

/// <summary>The ILGPU kernels as a GPU runs them, through OpenCL, on whatever OpenCL device is there.</summary>
public sealed class IlgpuOpenClDeviceTests(IlgpuOpenClFixture fixture) : SamplingDeviceSuite<IlgpuOpenClFixture>(fixture);

/// <summary>The ILGPU kernels as the PTX that a card gets, run instruction by instruction.</summary>
public sealed class IlgpuPtxDeviceTests(IlgpuPtxFixture fixture) : DeviceSuite<IlgpuPtxFixture>(fixture);
