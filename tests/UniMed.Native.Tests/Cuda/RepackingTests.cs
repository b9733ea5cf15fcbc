namespace UniMed.Native.Tests.Cuda;

/// <summary>The kernels that pack weights, emulated.</summary>
public sealed class RepackingTests() : RepackingSuite(() => HostLibrary.Open());
