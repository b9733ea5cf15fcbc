using System.Collections.Concurrent;
using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using UniMed.Native.Ilgpu;
using UniMed.PtxMachine.Driver;
using UniMed.PtxMachine.Execution;
using UniMed.PtxMachine.Memory;

namespace UniMed.Native.Tests.Ilgpu;

/// <summary>
/// Has kernels compiled to PTX by ILGPU, as for an NVIDIA card, and run by the machine of tests/UniMed.PtxMachine on the memory of ILGPU's CPU accelerator. Thread-safe where launches come one at a time, as the
/// device sends them.
/// </summary>
internal sealed class IlgpuPtxLoader : IIlgpuLoader, IDisposable
{
    /// <summary>Bytes of a view among a kernel's parameters: an address, and a number of elements.</summary>
    private const int ViewBytes = 16;

    private static readonly ConcurrentDictionary<MethodInfo, PtxImage> Images = [];

    private readonly DeviceMemory _memory = new();
    private readonly Machine _machine;

    public IlgpuPtxLoader() => _machine = new Machine(_memory, Environment.ProcessorCount);

    /// <inheritdoc/>
    public string Name => "ILGPU's PTX, run instruction by instruction";

    /// <summary>A kernel's PTX.</summary>
    /// <param name="context">From <see cref="IlgpuAccelerator.CreateContext()"/>.</param>
    /// <param name="architecture">The card.</param>
    /// <param name="kernel">Its method.</param>
    public static string Compile(Context context, CudaArchitecture architecture, MethodInfo kernel)
    {
        using var backend = new PTXBackend(context, architecture, CudaInstructionSet.ISA_80, null!);
        return ((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel), default)).PTXAssembly;
    }

    /// <inheritdoc/>
    public Action<AcceleratorStream, KernelConfig, TArguments> Load<TArguments>(Action<TArguments> body)
        where TArguments : struct
    {
        PtxImage image = Images.GetOrAdd(body.Method, static method =>
        {
            using Context context = IlgpuAccelerator.CreateContext();
            return new PtxImage(Compile(context, CudaArchitecture.SM_90, method));
        });
        Program program = image.Find(image.KernelNames.Single())!;
        FieldInfo[] fields = typeof(TArguments).GetFields(BindingFlags.Instance | BindingFlags.Public);
        return (_, config, arguments) =>
        {
            var shape = new LaunchShape(config.GridDim.X, config.GridDim.Y, config.GridDim.Z, config.GroupDim.Size, 0, 0, Dependent: false);
            _machine.Run(program, shape, Parameters(fields, arguments, program.ParameterBytes.Single()));
        };
    }

    public void Dispose()
    {
        _machine.Dispose();
        _memory.Dispose();
    }

    /// <summary>A struct of arguments as ILGPU lays it out for a card. Buffers that views lie in become device memory.</summary>
    private byte[] Parameters(FieldInfo[] fields, object arguments, int bytes)
    {
        var parameters = new byte[bytes + sizeof(ulong)];
        int at = 0;
        foreach (FieldInfo field in fields)
        {
            switch (field.GetValue(arguments))
            {
                case IContiguousArrayView view:
                    at = (at + 7) / 8 * 8;
                    _memory.Adopt((ulong)view.Buffer.NativePtr, view.Buffer.LengthInBytes);
                    BitConverter.TryWriteBytes(parameters.AsSpan(at), view.Buffer.NativePtr + view.IndexInBytes);
                    BitConverter.TryWriteBytes(parameters.AsSpan(at + sizeof(long)), view.Length);
                    at += ViewBytes;
                    break;
                case int number:
                    BitConverter.TryWriteBytes(parameters.AsSpan(at), number);
                    at += sizeof(int);
                    break;
                case float number:
                    BitConverter.TryWriteBytes(parameters.AsSpan(at), number);
                    at += sizeof(float);
                    break;
                case var other:
                    throw new NotSupportedException($"{field.Name} is a {other?.GetType().Name}: the layout of such an argument is not known here.");
            }
        }

        return (at + 7) / 8 * 8 == (bytes + 7) / 8 * 8 ? parameters : throw new InvalidOperationException($"The arguments have {at} bytes, the kernel's parameter {bytes}.");
    }
}
