using System.Runtime.InteropServices;
using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Emulated;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

/// <summary>All of the layer together: weights repacked and staged to the device, a linear kernel captured into a graph, results of several inputs.</summary>
public sealed unsafe class StagedLinearTests
{
    private const int Out = 48;
    private const int In = 64;
    private const int Tokens = 3;

    [Fact]
    public void A_linear_layer_whose_weights_were_staged_gives_the_product()
    {
        using EmulatedDriver driver = HostLibrary.Open();
        using CudaModule module = CudaModule.Load(driver);
        using var pool = new CudaMemoryPool(driver);
        CudaStream stream = driver.CreateStream();
        Half[] weights = [.. Enumerable.Range(0, Out * In).Select(i => (Half)((((i * 37) % 101) - 50) / 64f))];
        float[] bias = [.. Enumerable.Range(0, Out).Select(i => i / 8f)];
        byte[] packed = Repack(weights);
        using CudaMemory onDevice = pool.Allocate(packed.Length, stream);
        using CudaMemory biasOnDevice = pool.Allocate(Out * sizeof(float), stream);
        using CudaMemory x = pool.Allocate(Tokens * In * sizeof(float), stream);
        using CudaMemory y = pool.Allocate(Tokens * Out * sizeof(float), stream);

        using (var staging = new PinnedStaging(driver, stream, bufferBytes: 1000))
        {
            staging.Upload(onDevice.Pointer, packed);
            staging.Upload(biasOnDevice.Pointer, MemoryMarshal.AsBytes<float>(bias));
        }

        driver.BeginCapture(stream);
        var launch = new CudaLaunch(module.Kernel("linear_f16_n8"), new CudaLaunchShape(1, 256, GridY: Out / 16));
        launch.Add(onDevice.Pointer);
        launch.Add(biasOnDevice.Pointer);
        launch.Add(x.Pointer);
        launch.Add(DevicePointer.Null);
        launch.Add(y.Pointer);
        launch.Add(Tokens);
        launch.Add(In);
        launch.Add(Out);
        launch.Add(0);
        launch.Run(stream);
        CudaExecutableGraph graph = driver.Instantiate(driver.EndCapture(stream));

        for (int step = 0; step < 3; step++)
        {
            float[] input = [.. Enumerable.Range(0, Tokens * In).Select(i => (((i + step) * 13) % 17) / 16f)];
            driver.CopyToDevice(x.Pointer, MemoryMarshal.AsBytes<float>(input));
            driver.Launch(graph, stream);
            driver.Synchronize(stream);

            float[] output = driver.Download(y.Pointer, Tokens * Out);
            for (int token = 0; token < Tokens; token++)
            {
                for (int row = 0; row < Out; row++)
                {
                    double expected = bias[row] + Enumerable.Range(0, In).Sum(k => (double)input[(token * In) + k] * (double)weights[(row * In) + k]);
                    Assert.Equal(expected, output[(token * Out) + row], 1e-4);
                }
            }
        }
    }

    private static byte[] Repack(Half[] weights)
    {
        nint library = NativeLibrary.Load(HostLibrary.Get().FilePath);
        var bytes = (delegate* unmanaged<int, int, ulong>)NativeLibrary.GetExport(library, "unimed_fragment_bytes");
        var repack = (delegate* unmanaged<Half*, int, int, void*, void>)NativeLibrary.GetExport(library, "unimed_repack_linear");
        ulong length = bytes(Out, In);
        void* packed = NativeMemory.AlignedAlloc((nuint)length, 16);
        try
        {
            fixed (Half* from = weights)
                repack(from, Out, In, packed);
            return new ReadOnlySpan<byte>(packed, (int)length).ToArray();
        }
        finally
        {
            NativeMemory.AlignedFree(packed);
        }
    }
}
