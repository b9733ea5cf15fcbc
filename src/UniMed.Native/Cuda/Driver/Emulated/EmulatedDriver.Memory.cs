using System.Runtime.InteropServices;

namespace UniMed.Native.Cuda.Emulated;

/// <content>Memory and copies.</content>
internal sealed unsafe partial class EmulatedDriver
{
    private const int HostAlignment = 4096;

    public CudaMemoryInfo GetMemoryInfo()
    {
        lock (_gate)
        {
            Enter("cuMemGetInfo");
            return new CudaMemoryInfo(Properties.TotalBytes - _bytesInUse, Properties.TotalBytes);
        }
    }

    public CudaMemoryRange? FindMemory(DevicePointer address)
    {
        lock (_gate)
        {
            Enter("cuPointerGetAttribute");
            foreach ((ulong start, long bytes) in _deviceMemory)
            {
                if (address.Address >= start && address.Address - start < (ulong)bytes)
                    return new CudaMemoryRange(new DevicePointer(start), (ulong)bytes, Properties.Ordinal);
            }

            foreach ((nint start, int bytes) in _hostMemory)
            {
                if (address.Address >= (ulong)start && address.Address - (ulong)start < (ulong)bytes)
                    return new CudaMemoryRange(new DevicePointer((ulong)start), (ulong)bytes, null);
            }

            return null;
        }
    }

    public DevicePointer Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        lock (_gate)
        {
            Enter("cuMemAlloc", breaksCapture: true);
            long free = Properties.TotalBytes - _bytesInUse;
            if (bytes > free)
                throw new CudaOutOfMemoryException(DeviceName, "device memory", bytes, free);
            CudaStatus status = _host.Allocate(bytes, out ulong address);
            if (status == CudaStatus.OutOfMemory)
                throw new CudaOutOfMemoryException(DeviceName, "device memory", bytes, free);
            if (status != CudaStatus.Success)
                throw HostError($"cuMemAlloc of {bytes:N0} bytes", status);
            _deviceMemory.Add(address, bytes);
            _bytesInUse += bytes;
            return new DevicePointer(address);
        }
    }

    public void Free(DevicePointer memory)
    {
        lock (_gate)
        {
            Enter("cuMemFree", breaksCapture: true);
            RunAll();
            if (!_deviceMemory.Remove(memory.Address, out long bytes))
                throw Error("cuMemFree", CudaStatus.InvalidValue, $"{memory} is not the beginning of device memory in use");
            _bytesInUse -= bytes;
            Check("cuMemFree", _host.Free(memory.Address));
        }
    }

    public PinnedMemory AllocateHost(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        lock (_gate)
        {
            Enter("cuMemHostAlloc", breaksCapture: true);
            nint address;
            try
            {
                address = (nint)NativeMemory.AlignedAlloc((nuint)bytes, HostAlignment);
            }
            catch (OutOfMemoryException error)
            {
                throw new CudaOutOfMemoryException(DeviceName, "page-locked host memory", bytes, null, error);
            }

            NativeMemory.Fill((void*)address, (nuint)bytes, 0xFF);
            _hostMemory.Add(address, bytes);
            return new PinnedMemory(address, bytes);
        }
    }

    public void FreeHost(PinnedMemory memory)
    {
        lock (_gate)
        {
            Enter("cuMemFreeHost", breaksCapture: true);
            RunAll();
            if (!_hostMemory.Remove(memory.Address))
                throw Error("cuMemFreeHost", CudaStatus.InvalidValue, "this is not the beginning of page-locked memory in use");
            NativeMemory.AlignedFree((void*)memory.Address);
        }
    }

    public void CopyToDevice(DevicePointer destination, ReadOnlySpan<byte> source)
    {
        lock (_gate)
        {
            Enter("cuMemcpyHtoD", breaksCapture: true);
            fixed (byte* from = source)
                Check("cuMemcpyHtoD", source.IsEmpty ? CudaStatus.Success : _host.CopyToDevice(destination.Address, from, source.Length));
        }
    }

    public void CopyToHost(Span<byte> destination, DevicePointer source)
    {
        lock (_gate)
        {
            Enter("cuMemcpyDtoH", breaksCapture: true);
            fixed (byte* to = destination)
                Check("cuMemcpyDtoH", destination.IsEmpty ? CudaStatus.Success : _host.CopyToHost(to, source.Address, destination.Length));
        }
    }

    public void CopyOnDevice(DevicePointer destination, DevicePointer source, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (_gate)
        {
            Enter("cuMemcpyDtoD", breaksCapture: true);
            Check("cuMemcpyDtoD", bytes == 0 ? CudaStatus.Success : _host.CopyOnDevice(destination.Address, source.Address, bytes));
        }
    }

    public void Fill(DevicePointer destination, byte value, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (_gate)
        {
            Enter("cuMemsetD8", breaksCapture: true);
            Check("cuMemsetD8", bytes == 0 ? CudaStatus.Success : _host.Fill(destination.Address, value, bytes));
        }
    }

    public void CopyToDevice(DevicePointer destination, PinnedMemory source, CudaStream stream)
    {
        lock (_gate)
        {
            NeedPinned("cuMemcpyHtoDAsync", source);
            Add("cuMemcpyHtoDAsync", stream, new Command { Kind = CommandKind.CopyToDevice, Destination = (nint)destination.Address, Source = source.Address, Bytes = source.Bytes });
        }
    }

    public void CopyToHost(PinnedMemory destination, DevicePointer source, CudaStream stream)
    {
        lock (_gate)
        {
            NeedPinned("cuMemcpyDtoHAsync", destination);
            Add("cuMemcpyDtoHAsync", stream, new Command { Kind = CommandKind.CopyToHost, Destination = destination.Address, Source = (nint)source.Address, Bytes = destination.Bytes });
        }
    }

    public void CopyOnDevice(DevicePointer destination, DevicePointer source, long bytes, CudaStream stream)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (_gate)
            Add("cuMemcpyDtoDAsync", stream, new Command { Kind = CommandKind.CopyOnDevice, Destination = (nint)destination.Address, Source = (nint)source.Address, Bytes = bytes });
    }

    public void Fill(DevicePointer destination, byte value, long bytes, CudaStream stream)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (_gate)
            Add("cuMemsetD8Async", stream, new Command { Kind = CommandKind.Fill, Destination = (nint)destination.Address, Value = value, Bytes = bytes });
    }

    private void NeedPinned(string operation, PinnedMemory memory)
    {
        foreach ((nint address, int bytes) in _hostMemory)
        {
            if (memory.Address >= address && memory.Address - address <= bytes - (long)memory.Bytes)
                return;
        }

        throw Error(operation, CudaStatus.InvalidValue, $"{memory.Bytes} bytes at 0x{memory.Address:x} are not page-locked memory in use");
    }

    private void Check(string operation, CudaStatus status)
    {
        if (status != CudaStatus.Success)
            throw HostError(operation, status);
    }
}
