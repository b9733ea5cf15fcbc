namespace UniMed.Native.Cuda.Nvidia;

/// <content>Memory and copies.</content>
internal sealed unsafe partial class NvidiaDriver
{
    // CU_MEMHOSTALLOC_PORTABLE: page-locked for every context of the process.
    private const uint PortableHostMemory = 1;

    // CU_MEMORYTYPE_HOST.
    private const uint HostMemoryType = 1;

    public CudaMemoryInfo GetMemoryInfo()
    {
        using Current current = Enter("cuMemGetInfo");
        nuint free, total;
        Check(_cuda.cuMemGetInfo(&free, &total), "cuMemGetInfo");
        return new CudaMemoryInfo((long)free, (long)total);
    }

    public CudaMemoryRange? FindMemory(DevicePointer address)
    {
        using Current current = Enter("cuPointerGetAttribute");
        ulong start;
        nuint bytes;
        uint type;
        int ordinal;
        // An address that no allocation has is an invalid value.
        CudaStatus status = _cuda.cuPointerGetAttribute(&start, PointerAttribute.RangeStart, address.Address);
        if (status == CudaStatus.InvalidValue)
            return null;
        Check(status, "cuPointerGetAttribute of an address's range");
        Check(_cuda.cuPointerGetAttribute(&bytes, PointerAttribute.RangeSize, address.Address), "cuPointerGetAttribute of a range's size");
        Check(_cuda.cuPointerGetAttribute(&type, PointerAttribute.MemoryType, address.Address), "cuPointerGetAttribute of a memory's type");
        Check(_cuda.cuPointerGetAttribute(&ordinal, PointerAttribute.DeviceOrdinal, address.Address), "cuPointerGetAttribute of a memory's card");
        return new CudaMemoryRange(new DevicePointer(start), bytes, type == HostMemoryType ? null : ordinal);
    }

    public DevicePointer Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        using Current current = Enter("cuMemAlloc");
        ulong address;
        CudaStatus status = _cuda.cuMemAlloc(&address, (nuint)bytes);
        if (status == CudaStatus.OutOfMemory)
        {
            nuint free, total;
            throw new CudaOutOfMemoryException(DeviceName, "device memory", bytes, _cuda.cuMemGetInfo(&free, &total) == CudaStatus.Success ? (long)free : null);
        }

        if (status != CudaStatus.Success)
            Fail(status, $"cuMemAlloc of {bytes:N0} bytes");
        _open.Add(HandleKind.DeviceMemory, (nint)address);
        return new DevicePointer(address);
    }

    public void Free(DevicePointer memory)
    {
        using Current current = Enter("cuMemFree");
        _open.Remove(HandleKind.DeviceMemory, (nint)memory.Address);
        Check(_cuda.cuMemFree(memory.Address), "cuMemFree");
    }

    public PinnedMemory AllocateHost(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        using Current current = Enter("cuMemHostAlloc");
        void* address;
        CudaStatus status = _cuda.cuMemHostAlloc(&address, (nuint)bytes, PortableHostMemory);
        if (status == CudaStatus.OutOfMemory)
            throw new CudaOutOfMemoryException(DeviceName, "page-locked host memory", bytes, null);
        if (status != CudaStatus.Success)
            Fail(status, $"cuMemHostAlloc of {bytes:N0} bytes");
        _open.Add(HandleKind.HostMemory, (nint)address);
        return new PinnedMemory((nint)address, bytes);
    }

    public void FreeHost(PinnedMemory memory)
    {
        using Current current = Enter("cuMemFreeHost");
        _open.Remove(HandleKind.HostMemory, memory.Address);
        Check(_cuda.cuMemFreeHost((void*)memory.Address), "cuMemFreeHost");
    }

    public void CopyToDevice(DevicePointer destination, ReadOnlySpan<byte> source)
    {
        using Current current = Enter("cuMemcpyHtoDAsync");
        fixed (byte* from = source)
        {
            Check(_cuda.cuMemcpyHtoDAsync(destination.Address, from, (nuint)source.Length, _copies), "cuMemcpyHtoDAsync");
            WaitForCopies();
        }
    }

    public void CopyToHost(Span<byte> destination, DevicePointer source)
    {
        using Current current = Enter("cuMemcpyDtoHAsync");
        fixed (byte* to = destination)
            CopyToHost(to, source.Address, (nuint)destination.Length);
    }

    public void CopyOnDevice(DevicePointer destination, DevicePointer source, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        using Current current = Enter("cuMemcpyDtoDAsync");
        Check(_cuda.cuMemcpyDtoDAsync(destination.Address, source.Address, (nuint)bytes, _copies), "cuMemcpyDtoDAsync");
        WaitForCopies();
    }

    public void Fill(DevicePointer destination, byte value, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        using Current current = Enter("cuMemsetD8Async");
        Check(_cuda.cuMemsetD8Async(destination.Address, value, (nuint)bytes, _copies), "cuMemsetD8Async");
        WaitForCopies();
    }

    public void CopyToDevice(DevicePointer destination, PinnedMemory source, CudaStream stream)
    {
        using Current current = Enter("cuMemcpyHtoDAsync");
        Check(_cuda.cuMemcpyHtoDAsync(destination.Address, (void*)source.Address, (nuint)source.Bytes, stream.Handle), "cuMemcpyHtoDAsync");
    }

    public void CopyToHost(PinnedMemory destination, DevicePointer source, CudaStream stream)
    {
        using Current current = Enter("cuMemcpyDtoHAsync");
        Check(_cuda.cuMemcpyDtoHAsync((void*)destination.Address, source.Address, (nuint)destination.Bytes, stream.Handle), "cuMemcpyDtoHAsync");
    }

    public void CopyOnDevice(DevicePointer destination, DevicePointer source, long bytes, CudaStream stream)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        using Current current = Enter("cuMemcpyDtoDAsync");
        Check(_cuda.cuMemcpyDtoDAsync(destination.Address, source.Address, (nuint)bytes, stream.Handle), "cuMemcpyDtoDAsync");
    }

    public void Fill(DevicePointer destination, byte value, long bytes, CudaStream stream)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        using Current current = Enter("cuMemsetD8Async");
        Check(_cuda.cuMemsetD8Async(destination.Address, value, (nuint)bytes, stream.Handle), "cuMemsetD8Async");
    }

    private void CopyToHost(void* destination, ulong source, nuint bytes)
    {
        Check(_cuda.cuMemcpyDtoHAsync(destination, source, bytes, _copies), "cuMemcpyDtoHAsync");
        WaitForCopies();
    }

    private void WaitForCopies() => Check(_cuda.cuStreamSynchronize(_copies), "cuStreamSynchronize");
}
