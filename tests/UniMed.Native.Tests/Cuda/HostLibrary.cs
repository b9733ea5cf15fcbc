using System.Runtime.InteropServices;
using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Emulated;
using UniMed.Tests;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

/// <summary>The host build of the kernels; a test that needs it fails where it has not been built, and says how to build it.</summary>
internal static class HostLibrary
{
    public static EmulatedLibrary Get()
    {
        EmulatedLibrary? library = EmulatedLibrary.TryGet(out string reason);
        Assert.True(library is not null, $"This test needs the kernels built for the CPU. In {Golden.Root}: cmake -S . -B build && cmake --build build -j2. ({reason})");
        return library;
    }

    public static EmulatedDriver Open(long? memoryBytes = null) => new(Get(), memoryBytes);

    public static DevicePointer Upload(this ICudaDriver driver, ReadOnlySpan<float> values)
    {
        DevicePointer pointer = driver.Allocate(values.Length * sizeof(float));
        driver.CopyToDevice(pointer, MemoryMarshal.AsBytes(values));
        return pointer;
    }

    public static float[] Download(this ICudaDriver driver, DevicePointer pointer, int length)
    {
        var values = new float[length];
        driver.CopyToHost(MemoryMarshal.AsBytes(values.AsSpan()), pointer);
        return values;
    }

    /// <summary>Starts rms_norm, the simplest kernel there is: x [rows, columns], weight [columns] -> y [rows, columns].</summary>
    public static void RmsNorm(CudaModule module, CudaStream stream, DevicePointer x, DevicePointer weight, DevicePointer y, int rows, int columns) =>
        RmsNorm(module, stream, new CudaLaunchShape(rows, 256), x, weight, y, columns);

    /// <summary>Starts rms_norm with another grid or block.</summary>
    public static void RmsNorm(CudaModule module, CudaStream stream, CudaLaunchShape shape, DevicePointer x, DevicePointer weight, DevicePointer y, int columns)
    {
        var launch = new CudaLaunch(module.Kernel("rms_norm"), shape);
        launch.Add(x);
        launch.Add(weight);
        launch.Add(y);
        launch.Add(columns);
        launch.Add(1e-5f);
        launch.Run(stream);
    }

    /// <summary>What rms_norm computes, with weight 1.</summary>
    public static float[] ExpectedRmsNorm(float[] x, int columns) =>
        [.. x.Chunk(columns).SelectMany(row => row.Select(value => (float)(value / Math.Sqrt(row.Average(v => (double)v * v) + 1e-5))))];

    public static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= 1e-5 * Math.Abs(expected[i]) + 1e-7, $"[{i}]: {actual[i]}, not {expected[i]}");
    }
}
