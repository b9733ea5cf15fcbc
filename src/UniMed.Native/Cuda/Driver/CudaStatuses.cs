namespace UniMed.Native.Cuda;

/// <summary>What a status means for the person who reads it.</summary>
internal static class CudaStatuses
{
    /// <summary>True for errors after which the context answers every call with the same error (CUDA driver API, data types, CUresult).</summary>
    public static bool LosesDevice(this CudaStatus status) => status is
        CudaStatus.Deinitialized or CudaStatus.EccUncorrectable or CudaStatus.NvlinkUncorrectable or CudaStatus.IllegalAddress
        or CudaStatus.LaunchTimeout or CudaStatus.ContextIsDestroyed or CudaStatus.Assert or CudaStatus.HardwareStackError
        or CudaStatus.IllegalInstruction or CudaStatus.MisalignedAddress or CudaStatus.InvalidAddressSpace or CudaStatus.InvalidPc
        or CudaStatus.LaunchFailed or CudaStatus.Unknown;

    /// <summary>The name of cuda.h, such as CUDA_ERROR_ILLEGAL_ADDRESS.</summary>
    public static string CudaName(this CudaStatus status)
    {
        if (status == CudaStatus.Success)
            return "CUDA_SUCCESS";
        if (!Enum.IsDefined(status))
            return $"CUDA error {(int)status}";
        var name = new System.Text.StringBuilder("CUDA_ERROR");
        foreach (char letter in status.ToString())
        {
            if (char.IsUpper(letter))
                name.Append('_');
            name.Append(char.ToUpperInvariant(letter));
        }

        return name.ToString();
    }

    /// <summary>What to do about it, as a sentence.</summary>
    public static string NextStep(this CudaStatus status) => status switch
    {
        CudaStatus.NoBinaryForGpu =>
            "The kernels are compiled for compute capability 8.0, 8.6, 8.9 and 9.0 and, as PTX, for newer cards; this one is older or of another kind. Choose another --device.",
        CudaStatus.UnsupportedPtxVersion => "The driver is older than the compiler of the kernels: update the NVIDIA driver.",
        CudaStatus.InvalidImage or CudaStatus.InvalidPtx => "The file of kernels is damaged or not a fatbin: build native/cuda again.",
        CudaStatus.DeviceUnavailable => "Another process holds the card exclusively (nvidia-smi shows it): end it or choose another card.",
        CudaStatus.SystemNotReady =>
            "Cards that are joined by NVSwitch wait for the fabric manager: start the service nvidia-fabricmanager, in the version of the driver (systemctl status nvidia-fabricmanager; "
            + "nvidia-smi -q shows the state under Fabric). In a container, start it on the host.",
        CudaStatus.SystemDriverMismatch => "The driver library and the kernel module differ: restart the machine, or reinstall the driver.",
        CudaStatus.EccUncorrectable or CudaStatus.NvlinkUncorrectable => "The card reports a hardware error: see nvidia-smi -q and restart the machine.",
        CudaStatus.StreamCaptureUnsupported or CudaStatus.StreamCaptureInvalidated or CudaStatus.StreamCaptureIsolation or CudaStatus.StreamCaptureImplicit
            or CudaStatus.CapturedEvent or CudaStatus.StreamCaptureWrongThread or CudaStatus.StreamCaptureUnmatched =>
            "Between the begin and the end of a capture only asynchronous work of that stream is allowed.",
        _ when status.LosesDevice() =>
            "What the device held is lost: close the model and load it again, in a new process if that fails too. "
            + "If it comes back, run the same request with --device cuda-emulated, which names kernel, block and thread.",
        _ => "If it comes back, report it with this message and the output of nvidia-smi.",
    };
}
