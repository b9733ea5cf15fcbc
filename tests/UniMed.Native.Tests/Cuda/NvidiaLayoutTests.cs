using System.Runtime.InteropServices;
using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Nvidia;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

/// <summary>Sizes, offsets and numbers as a C compiler gives them for cuda.h of CUDA 12.4 on 64-bit systems.</summary>
public sealed unsafe class NvidiaLayoutTests
{
    [Fact]
    public void Launch_config_is_laid_out_as_in_cuda_h()
    {
        Assert.Equal(56, sizeof(LaunchConfig));
        Assert.Equal(24, Marshal.OffsetOf<LaunchConfig>(nameof(LaunchConfig.SharedMemBytes)));
        Assert.Equal(32, Marshal.OffsetOf<LaunchConfig>(nameof(LaunchConfig.Stream)));
        Assert.Equal(40, Marshal.OffsetOf<LaunchConfig>(nameof(LaunchConfig.Attributes)));
        Assert.Equal(48, Marshal.OffsetOf<LaunchConfig>(nameof(LaunchConfig.AttributeCount)));
    }

    [Fact]
    public void Launch_attribute_is_laid_out_as_in_cuda_h()
    {
        Assert.Equal(72, sizeof(LaunchAttribute));
        Assert.Equal(8, Marshal.OffsetOf<LaunchAttribute>(nameof(LaunchAttribute.Value)));
        Assert.Equal(6, LaunchAttribute.ProgrammaticStreamSerialization);
    }

    [Fact]
    public void Handles_and_enums_have_the_sizes_of_cuda_h()
    {
        Assert.Equal(8, sizeof(DevicePointer));
        Assert.Equal(sizeof(nint), sizeof(CudaStream));
        Assert.Equal(4, sizeof(CudaStatus));
        Assert.Equal(4, sizeof(CudaFunctionAttribute));
        Assert.Equal(4, sizeof(DeviceAttribute));
    }

    [Theory]
    [InlineData(16, DeviceAttribute.MultiprocessorCount)]
    [InlineData(38, DeviceAttribute.L2CacheSize)]
    [InlineData(75, DeviceAttribute.ComputeCapabilityMajor)]
    [InlineData(76, DeviceAttribute.ComputeCapabilityMinor)]
    [InlineData(97, DeviceAttribute.MaxSharedMemoryPerBlockOptin)]
    internal void Device_attributes_have_the_numbers_of_cuda_h(int number, DeviceAttribute attribute) => Assert.Equal(number, (int)attribute);

    [Theory]
    [InlineData(0, CudaFunctionAttribute.MaxThreadsPerBlock)]
    [InlineData(1, CudaFunctionAttribute.SharedSizeBytes)]
    [InlineData(3, CudaFunctionAttribute.LocalSizeBytes)]
    [InlineData(4, CudaFunctionAttribute.NumRegs)]
    [InlineData(6, CudaFunctionAttribute.BinaryVersion)]
    [InlineData(8, CudaFunctionAttribute.MaxDynamicSharedSizeBytes)]
    internal void Function_attributes_have_the_numbers_of_cuda_h(int number, CudaFunctionAttribute attribute) => Assert.Equal(number, (int)attribute);

    [Theory]
    [InlineData(0, "CUDA_SUCCESS")]
    [InlineData(1, "CUDA_ERROR_INVALID_VALUE")]
    [InlineData(2, "CUDA_ERROR_OUT_OF_MEMORY")]
    [InlineData(34, "CUDA_ERROR_STUB_LIBRARY")]
    [InlineData(46, "CUDA_ERROR_DEVICE_UNAVAILABLE")]
    [InlineData(100, "CUDA_ERROR_NO_DEVICE")]
    [InlineData(101, "CUDA_ERROR_INVALID_DEVICE")]
    [InlineData(200, "CUDA_ERROR_INVALID_IMAGE")]
    [InlineData(201, "CUDA_ERROR_INVALID_CONTEXT")]
    [InlineData(209, "CUDA_ERROR_NO_BINARY_FOR_GPU")]
    [InlineData(214, "CUDA_ERROR_ECC_UNCORRECTABLE")]
    [InlineData(218, "CUDA_ERROR_INVALID_PTX")]
    [InlineData(220, "CUDA_ERROR_NVLINK_UNCORRECTABLE")]
    [InlineData(222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION")]
    [InlineData(400, "CUDA_ERROR_INVALID_HANDLE")]
    [InlineData(500, "CUDA_ERROR_NOT_FOUND")]
    [InlineData(600, "CUDA_ERROR_NOT_READY")]
    [InlineData(700, "CUDA_ERROR_ILLEGAL_ADDRESS")]
    [InlineData(701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES")]
    [InlineData(702, "CUDA_ERROR_LAUNCH_TIMEOUT")]
    [InlineData(709, "CUDA_ERROR_CONTEXT_IS_DESTROYED")]
    [InlineData(710, "CUDA_ERROR_ASSERT")]
    [InlineData(714, "CUDA_ERROR_HARDWARE_STACK_ERROR")]
    [InlineData(715, "CUDA_ERROR_ILLEGAL_INSTRUCTION")]
    [InlineData(716, "CUDA_ERROR_MISALIGNED_ADDRESS")]
    [InlineData(717, "CUDA_ERROR_INVALID_ADDRESS_SPACE")]
    [InlineData(718, "CUDA_ERROR_INVALID_PC")]
    [InlineData(719, "CUDA_ERROR_LAUNCH_FAILED")]
    [InlineData(802, "CUDA_ERROR_SYSTEM_NOT_READY")]
    [InlineData(803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH")]
    [InlineData(900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED")]
    [InlineData(901, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED")]
    [InlineData(903, "CUDA_ERROR_STREAM_CAPTURE_UNMATCHED")]
    [InlineData(905, "CUDA_ERROR_STREAM_CAPTURE_ISOLATION")]
    [InlineData(907, "CUDA_ERROR_CAPTURED_EVENT")]
    [InlineData(908, "CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD")]
    [InlineData(999, "CUDA_ERROR_UNKNOWN")]
    [InlineData(12345, "CUDA error 12345")]
    public void Statuses_have_the_numbers_and_names_of_cuda_h(int number, string name) => Assert.Equal(name, ((CudaStatus)number).CudaName());

    [Theory]
    [InlineData(700, true)]
    [InlineData(719, true)]
    [InlineData(214, true)]
    [InlineData(999, true)]
    [InlineData(0, false)]
    [InlineData(2, false)]
    [InlineData(701, false)]
    [InlineData(901, false)]
    public void Errors_that_lose_the_device_are_known(int number, bool loses) => Assert.Equal(loses, ((CudaStatus)number).LosesDevice());
}
