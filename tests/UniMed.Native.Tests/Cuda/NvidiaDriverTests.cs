using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Nvidia;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

/// <summary>The binding against a libcuda of this test's own: what it passes, and what it makes of answers. Nothing here shows that a card does it.</summary>
[Collection(nameof(FakeCuda))]
public sealed class NvidiaDriverTests
{
    public NvidiaDriverTests() => FakeCuda.Reset();

    [Fact]
    public void A_launch_hands_over_shape_stream_and_arguments()
    {
        using NvidiaDriver driver = FakeCuda.Open(ordinal: 1);
        using CudaModule module = CudaModule.Load(driver, [7], "test");

        Launch(module, new CudaLaunchShape(5, 128, GridY: 6, GridZ: 7, SharedBytes: 99, OverlapsPrevious: true));

        LaunchConfig config = FakeCuda.LastLaunch;
        Assert.Equal((5u, 6u, 7u), (config.GridDimX, config.GridDimY, config.GridDimZ));
        Assert.Equal((128u, 1u, 1u), (config.BlockDimX, config.BlockDimY, config.BlockDimZ));
        Assert.Equal((99u, (nint)0x77, 1u), (config.SharedMemBytes, config.Stream, config.AttributeCount));
        Assert.Equal((LaunchAttribute.ProgrammaticStreamSerialization, 1), (FakeCuda.LastAttribute.Id, FakeCuda.LastAttribute.Value));
        Assert.Equal((0x1234_5678_9ABCul, -3, 0.5f), FakeCuda.LastArguments);
        Assert.Contains($"launch {FakeCuda.Function} True", FakeCuda.Calls);
        Assert.Contains("load 7", FakeCuda.Calls);
        Assert.Equal("cuda:1", driver.DeviceName);
        Assert.Equal(0, FakeCuda.ContextDepth);
    }

    [Fact]
    public void Arguments_wider_than_a_word_keep_the_ones_behind_them_in_place()
    {
        using NvidiaDriver driver = FakeCuda.Open();
        using CudaModule module = CudaModule.Load(driver, [7], "test");
        FakeCuda.Parameters = [new(CudaParameterKind.Struct, 24), new(CudaParameterKind.Integer, 4), new(CudaParameterKind.Float, 4)];
        var launch = new CudaLaunch(module.Kernel("rms_norm"), new CudaLaunchShape(1, 32));

        launch.Add((First: 11ul, Second: 12ul, Third: 13));
        launch.Add(14);
        launch.Add(15f);
        launch.Run(default);

        Assert.Equal((11ul, 14, 15f), FakeCuda.LastArguments);
    }

    [Fact]
    public void Arguments_that_the_image_does_not_list_for_the_kernel_are_refused()
    {
        using NvidiaDriver driver = FakeCuda.Open();
        using CudaModule module = CudaModule.Load(driver, [7], "test");
        CudaKernel kernel = module.Kernel("rms_norm");
        string Refusal(params object[] arguments) => Assert.Throws<InvalidOperationException>(() => kernel.Run(default, arguments)).Message;

        Assert.Contains("Kernel rms_norm: argument 2 (the first is 0): expected a floating-point number of 4 bytes, found none;", Refusal(default(DevicePointer), 1), StringComparison.Ordinal);
        Assert.Contains("argument 3 (the first is 0): expected none, found an integer of 4 bytes;", Refusal(default(DevicePointer), 1, 1f, 1), StringComparison.Ordinal);
        Assert.Contains("argument 1 (the first is 0): expected an integer of 4 bytes, found an integer of 8 bytes;", Refusal(default(DevicePointer), 1L, 1f), StringComparison.Ordinal);
        Assert.Contains("argument 1 (the first is 0): expected an integer of 4 bytes, found a floating-point number of 4 bytes;", Refusal(default(DevicePointer), 1f, 1), StringComparison.Ordinal);
        Assert.DoesNotContain(FakeCuda.Calls, call => call.StartsWith("launch", StringComparison.Ordinal));
        Assert.Equal(0, FakeCuda.ContextDepth);
    }

    [Fact]
    public void Where_the_image_has_no_list_the_driver_knows_number_order_and_sizes()
    {
        FakeCuda.Answers["cuModuleGetGlobal"] = CudaStatus.NotFound;
        using NvidiaDriver driver = FakeCuda.Open();
        using CudaModule module = CudaModule.Load(driver, [7], "test");
        CudaKernel kernel = module.Kernel("rms_norm");
        string Refusal(params object[] arguments) => Assert.Throws<InvalidOperationException>(() => kernel.Run(default, arguments)).Message;

        kernel.Run(default, default(DevicePointer), 1, 1f);
        Assert.Contains("argument 1 (the first is 0): expected 4 bytes, found a pointer of 8 bytes;", Refusal(default(DevicePointer), default(DevicePointer), 1f), StringComparison.Ordinal);
        Assert.Contains("argument 2 (the first is 0): expected 4 bytes, found none;", Refusal(default(DevicePointer), 1), StringComparison.Ordinal);
        Assert.Contains("argument 3 (the first is 0): expected none, found", Refusal(default(DevicePointer), 1, 1f, 1f), StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_whose_parameters_nobody_knows_is_refused_with_what_to_do()
    {
        FakeCuda.Answers["cuModuleGetGlobal"] = CudaStatus.NotFound;
        FakeCuda.Missing.Add("cuFuncGetParamInfo");
        using NvidiaDriver driver = FakeCuda.Open();
        using CudaModule module = CudaModule.Load(driver, [7], "unimed.fatbin");

        string message = Assert.Throws<DeviceUnavailableException>(() => module.Kernel("rms_norm")).Message;

        Assert.Contains("unimed.fatbin does not say which parameters kernel rms_norm has", message, StringComparison.Ordinal);
        Assert.Contains("update the driver", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_call_passes_its_arguments_in_the_order_of_cuda_h()
    {
        using NvidiaDriver driver = FakeCuda.Open();
        var a = new DevicePointer(0xA);
        var b = new DevicePointer(0xB);
        var pinned = new PinnedMemory(0xC, 7);
        var stream = new CudaStream(0xD);
        var what = new CudaEvent(0xE);
        var graph = new CudaExecutableGraph(0xF);
        FakeCuda.Calls.Clear();

        driver.CopyToDevice(a, pinned, stream);
        driver.CopyToHost(pinned, a, stream);
        driver.CopyOnDevice(a, b, 9, stream);
        driver.Fill(a, 3, 9, stream);
        driver.Wait(stream, what);
        driver.Record(what, stream);
        Assert.Equal(2.5f, driver.GetElapsedMilliseconds(what, new CudaEvent(0x10)));
        driver.BeginCapture(stream);
        FakeCuda.Capturing = true;
        Assert.True(driver.IsCapturing(stream));
        CudaGraph captured = driver.EndCapture(stream);
        driver.Instantiate(captured);
        driver.Launch(graph, stream);
        driver.SetAttribute(new CudaFunction(0x11), CudaFunctionAttribute.MaxDynamicSharedSizeBytes, 100);
        Assert.Equal(42, driver.GetAttribute(new CudaFunction(0x11), CudaFunctionAttribute.NumRegs));

        Assert.Equal(
            [
                "HtoDAsync a c 7 d", "DtoHAsync c a 7 d", "DtoDAsync a b 9 d", "D8Async a 3 9 d",
                "wait d e 0", "record e d", "elapsed e 10", "begin d 1", "capturing d", "end d", "instantiate 77 0", "graph f d", "set 11 8 100", "get 4 11",
            ],
            FakeCuda.Calls);
        Assert.Equal(0, FakeCuda.ContextDepth);
    }

    [Fact]
    public void Copies_and_fills_without_a_stream_run_in_one_of_the_drivers_own_and_are_over_when_they_return()
    {
        using NvidiaDriver driver = FakeCuda.Open();
        // The driver's own stream is the first thing it makes.
        const string Own = "1000";
        using CudaModule module = CudaModule.Load(driver, [7], "test");
        FakeCuda.Calls.Clear();
        var a = new DevicePointer(0xA);

        module.Kernel("rms_norm");
        driver.CopyToDevice(a, new byte[5]);
        driver.CopyToHost(new byte[6], a);
        driver.CopyOnDevice(a, new DevicePointer(0xB), 7);
        driver.Fill(a, 3, 8);

        string[] copies = [.. FakeCuda.Calls.Where((_, i) => i % 2 == 0)];
        Assert.Equal(["DtoHAsync", "HtoDAsync", "DtoHAsync", "DtoDAsync", "D8Async"], copies.Select(call => call.Split(' ')[0]));
        Assert.All(copies, call => Assert.EndsWith($" {Own}", call, StringComparison.Ordinal));
        Assert.All(FakeCuda.Calls.Where((_, i) => i % 2 == 1), call => Assert.Equal($"synchronize {Own}", call));
    }

    [Fact]
    public void No_function_that_works_in_the_default_stream_is_bound()
    {
        FakeCuda.Open().Dispose();

        string[] copiesAndFills = [.. FakeCuda.Wanted.Where(name => name.StartsWith("cuMemcpy", StringComparison.Ordinal) || name.StartsWith("cuMemset", StringComparison.Ordinal))];

        Assert.NotEmpty(copiesAndFills);
        Assert.All(copiesAndFills, name => Assert.Contains("Async", name, StringComparison.Ordinal));
    }

    [Fact]
    public void The_card_is_asked_for_the_shared_memory_of_a_launch_since_what_the_kernel_declares_takes_its_part_of_48_KB()
    {
        FakeCuda.DeclaredSharedBytes = 29_008;
        using NvidiaDriver driver = FakeCuda.Open();
        using CudaModule module = CudaModule.Load(driver, [7], "test");
        module.Kernel("rms_norm");
        FakeCuda.Calls.Clear();

        // 49,488 bytes together, where a card gives 49,152.
        Launch(module, new CudaLaunchShape(1, 32, SharedBytes: 20_480));
        Launch(module, new CudaLaunchShape(1, 32, SharedBytes: 20_000));

        string launch = $"launch {FakeCuda.Function} True";
        Assert.Equal(["get 1 f0", "set f0 8 20480", launch, launch], FakeCuda.Calls);
    }

    [Fact]
    public void More_shared_memory_than_the_card_has_is_refused_with_both_parts_of_it()
    {
        FakeCuda.DeclaredSharedBytes = 40_000;
        using NvidiaDriver driver = FakeCuda.Open();
        using CudaModule module = CudaModule.Load(driver, [7], "test");

        string message = Assert.Throws<CudaException>(() => Launch(module, new CudaLaunchShape(1, 32, SharedBytes: 232_448 - 39_999))).Message;

        Assert.Contains("cuda:0: a launch of rms_norm failed", message, StringComparison.Ordinal);
        Assert.Contains("40,000 bytes of shared memory that the kernel declares and 192,449 that the launch adds, and the card has 232,448", message, StringComparison.Ordinal);
        Assert.DoesNotContain(FakeCuda.Calls, call => call.StartsWith("launch", StringComparison.Ordinal) || call.StartsWith("set", StringComparison.Ordinal));
        Launch(module, new CudaLaunchShape(1, 32, SharedBytes: 232_448 - 40_000));
    }

    [Theory]
    [InlineData(8, 12040)]
    [InlineData(9, 12020)]
    public void Launches_do_not_overlap_where_card_or_driver_cannot(int major, int version)
    {
        FakeCuda.ComputeCapabilityMajor = major;
        FakeCuda.Version = version;
        using NvidiaDriver driver = FakeCuda.Open();
        using CudaModule module = CudaModule.Load(driver, [7], "test");

        Launch(module, new CudaLaunchShape(1, 32, OverlapsPrevious: true));

        Assert.Equal(0u, FakeCuda.LastLaunch.AttributeCount);
    }

    [Fact]
    public void A_lost_card_answers_every_call_with_the_first_cause_in_the_drivers_words()
    {
        using NvidiaDriver driver = FakeCuda.Open();
        using CudaModule module = CudaModule.Load(driver, [7], "test");
        FakeCuda.Answers["cuLaunchKernelEx"] = CudaStatus.IllegalAddress;

        CudaException first = Assert.Throws<CudaException>(() => Launch(module, new CudaLaunchShape(1, 32)));
        int calls = FakeCuda.Calls.Count;
        CudaException later = Assert.Throws<CudaException>(() => driver.Allocate(1));

        Assert.Contains("cuda:0: cuLaunchKernelEx of rms_norm", first.Message, StringComparison.Ordinal);
        Assert.Contains("CUDA_ERROR_ILLEGAL_ADDRESS (700): the driver's own words.", first.Message, StringComparison.Ordinal);
        Assert.Contains("--device cuda-emulated", first.Message, StringComparison.Ordinal);
        Assert.Same(first, later.InnerException);
        Assert.Same(first, driver.Fault);
        Assert.Equal(calls, FakeCuda.Calls.Count);
        Assert.Equal(0, FakeCuda.ContextDepth);
    }

    [Fact]
    public void Memory_that_is_not_to_be_had_says_how_much_there_is()
    {
        using NvidiaDriver driver = FakeCuda.Open();
        FakeCuda.Answers["cuMemAlloc"] = CudaStatus.OutOfMemory;

        CudaOutOfMemoryException error = Assert.Throws<CudaOutOfMemoryException>(() => driver.Allocate(5000));

        Assert.Equal((5000L, 1234L), (error.RequestedBytes, error.FreeBytes));
        Assert.Contains("cuda:0: 5,000 bytes of device memory", error.Message, StringComparison.Ordinal);
        Assert.Null(driver.Fault);
    }

    [Fact]
    public void Kernels_for_other_cards_are_refused_with_the_card_and_the_compilers_words()
    {
        using NvidiaDriver driver = FakeCuda.Open();
        FakeCuda.Answers["cuModuleLoadDataEx"] = CudaStatus.NoBinaryForGpu;

        string message = Assert.Throws<CudaException>(() => CudaModule.Load(driver, [7], "unimed.fatbin")).Message;

        Assert.Contains("unimed.fatbin on Card 50, compute capability 9.0", message, StringComparison.Ordinal);
        Assert.Contains("ptxas says no", message, StringComparison.Ordinal);
        Assert.Contains("CUDA_ERROR_NO_BINARY_FOR_GPU (209)", message, StringComparison.Ordinal);
        Assert.Contains("compute capability 8.0, 8.6, 8.9 and 9.0", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_kernel_is_named_even_where_the_driver_cannot_list_them()
    {
        using NvidiaDriver driver = FakeCuda.Open();
        using CudaModule module = CudaModule.Load(driver, [7], "unimed.fatbin");

        Assert.Contains("unimed.fatbin has no kernel named nothing:", Assert.Throws<DeviceUnavailableException>(() => module.Kernel("nothing")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dispose_gives_back_what_was_not_given_back_and_the_context()
    {
        NvidiaDriver driver = FakeCuda.Open();
        DevicePointer kept = driver.Allocate(1);
        DevicePointer freed = driver.Allocate(1);
        CudaStream stream = driver.CreateStream();
        driver.Free(freed);
        FakeCuda.Calls.Clear();

        driver.Dispose();
        driver.Dispose();

        // The first stream is the driver's own. It waits for its streams alone, since others may work in the context.
        Assert.Equal(["synchronize 1000", $"synchronize {stream.Handle:x}", "destroy 1000", $"destroy {stream.Handle:x}", $"free {kept.Address:x}", "release 50"], FakeCuda.Calls);
        Assert.Equal(0, FakeCuda.ContextDepth);
        Assert.Throws<ObjectDisposedException>(() => driver.Allocate(1));
    }

    [Fact]
    public void Memory_that_the_card_does_not_take_back_is_told_to_who_asks_for_memory_and_not_to_who_gives_it()
    {
        using NvidiaDriver driver = FakeCuda.Open();
        using var pool = new CudaMemoryPool(driver, maxCachedBytes: 0);
        CudaMemory memory = pool.Allocate(1000, driver.CreateStream());
        FakeCuda.Answers["cuMemFree"] = CudaStatus.InvalidValue;

        // A finalizer may be the one who gives: an error there ends the process.
        memory.Dispose();

        Assert.Contains("cuMemFree", Assert.Throws<CudaException>(() => pool.Trim()).Message, StringComparison.Ordinal);
        FakeCuda.Answers.Clear();
        pool.Trim();
        Assert.Equal(0, pool.Counters.AllocatedBytes);
    }

    [Fact]
    public void An_event_that_has_not_happened_is_no_error()
    {
        using NvidiaDriver driver = FakeCuda.Open();
        FakeCuda.Answers["cuEventQuery"] = CudaStatus.NotReady;
        Assert.False(driver.IsDone(driver.CreateEvent(timed: true)));
        FakeCuda.Answers["cuEventQuery"] = CudaStatus.Success;
        Assert.True(driver.IsDone(driver.CreateEvent(timed: false)));
    }

    [Fact]
    public void A_launch_allocates_nothing()
    {
        using NvidiaDriver driver = FakeCuda.Open();
        driver.Launch(default(CudaExecutableGraph), default);
        long before = GC.GetAllocatedBytesForCurrentThread();
        driver.Launch(default(CudaExecutableGraph), default);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Launch(CudaModule module, CudaLaunchShape shape)
    {
        var launch = new CudaLaunch(module.Kernel("rms_norm"), shape);
        launch.Add(new DevicePointer(0x1234_5678_9ABC));
        launch.Add(-3);
        launch.Add(0.5f);
        launch.Run(new CudaStream(0x77));
    }
}
