using System.Diagnostics;

namespace UniMed.Native.Cuda.Emulated;

/// <content>Running what streams hold.</content>
internal sealed unsafe partial class EmulatedDriver
{
    private static CommandList Target(EmulatedStream stream) => stream.Capture?.Commands ?? stream.Kept;

    private void Add(string operation, CudaStream stream, in Command command)
    {
        EmulatedStream into = Find(_streams, stream.Handle, operation);
        Target(into).Add(command);
        RunWhenFull(into);
    }

    private void RunWhenFull(EmulatedStream stream)
    {
        if (stream.Capture is null && stream.Kept.Count >= MaxPending)
            Run(stream);
    }

    private void RunAll()
    {
        foreach (EmulatedStream stream in _streams.Values)
            Run(stream);
    }

    private void Run(EmulatedStream stream)
    {
        RunUntil(stream, stream.End - 1);
        stream.Forget();
    }

    /// <summary>Runs a stream past a place. What is waited for was asked for before the wait, so waits of streams for each other come to an end.</summary>
    private void RunUntil(EmulatedStream stream, long position)
    {
        while (stream.HasWork && stream.Started <= position)
        {
            try
            {
                Run(stream.Kept, stream.TakeNext());
            }
            catch
            {
                // What lies behind a failed piece of work has no ground to run on.
                stream.Forget();
                throw;
            }
        }
    }

    private void Run(CommandList list, int index)
    {
        Command command = list.Commands[index];
        switch (command.Kind)
        {
            case CommandKind.Launch:
                RunLaunch(list, command);
                break;
            case CommandKind.CopyToDevice:
                Check("cuMemcpyHtoDAsync", _host.CopyToDevice((ulong)command.Destination, (void*)command.Source, command.Bytes));
                break;
            case CommandKind.CopyToHost:
                Check("cuMemcpyDtoHAsync", _host.CopyToHost((void*)command.Destination, (ulong)command.Source, command.Bytes));
                break;
            case CommandKind.CopyOnDevice:
                Check("cuMemcpyDtoDAsync", command.Bytes == 0 ? CudaStatus.Success : _host.CopyOnDevice((ulong)command.Destination, (ulong)command.Source, command.Bytes));
                break;
            case CommandKind.Fill:
                Check("cuMemsetD8Async", command.Bytes == 0 ? CudaStatus.Success : _host.Fill((ulong)command.Destination, command.Value, command.Bytes));
                break;
            case CommandKind.Record:
                if (command.Event!.Stream == command.Stream && command.Event.Position == command.Position)
                    command.Event.Time = Stopwatch.GetTimestamp();
                break;
            case CommandKind.Wait:
                RunUntil(command.Stream!, command.Position);
                break;
            default:
                for (int i = 0; i < command.Graph!.Count; i++)
                    Run(command.Graph, i);
                break;
        }
    }

    private void RunLaunch(CommandList list, in Command launch)
    {
        ReadOnlySpan<int> offsets = list.OffsetsOf(launch);
        void** pointers = stackalloc void*[offsets.Length + 1];
        CudaStatus status;
        fixed (byte* arguments = list.Arguments)
        {
            for (int i = 0; i < offsets.Length; i++)
                pointers[i] = arguments + offsets[i];
            status = _host.Launch(launch.Function, launch.Shape, _kernels[launch.Function].AskedSharedBytes, pointers);
        }

        if (status != CudaStatus.Success)
            throw HostError($"cuLaunchKernelEx of {_kernels[launch.Function].Name} ({launch.Shape})", status);
    }
}
