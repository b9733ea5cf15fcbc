using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using UniMed.Native.Cuda;
using UniMed.PtxMachine.Decoding;
using UniMed.PtxMachine.Execution;
using UniMed.PtxMachine.Syntax;

namespace UniMed.PtxMachine.Driver;

/// <summary>A PTX text, read once; its kernels are made ready when they are first asked for. Thread-safe.</summary>
internal sealed class PtxImage
{
    private readonly PtxModule _module;
    private readonly ConcurrentDictionary<string, Program> _programs = [];

    /// <summary>Reads a text.</summary>
    /// <exception cref="PtxSyntaxException">It is not PTX that the machine knows.</exception>
    public PtxImage(string text)
    {
        _module = PtxParser.Parse(text);
        KernelNames = [.. _module.Kernels.Keys];
    }

    /// <summary>The same kernels, made ready for themselves.</summary>
    public PtxImage(PtxImage other)
    {
        _module = other._module;
        KernelNames = other.KernelNames;
    }

    /// <summary>The PTX beside the fatbin, made where nvcc is.</summary>
    public static CudaBuildFile File { get; } = new(
        "unimed.ptx",
        "UNIMED_CUDA_PTX",
        "this build has no PTX",
        "install the CUDA toolkit (nvcc 12), then build it in the repository's root: cmake -S . -B build && cmake --build build -j2");

    /// <summary>Names of its kernels, sorted.</summary>
    public IReadOnlyList<string> KernelNames { get; }

    /// <summary>What was read.</summary>
    public PtxModule Module => _module;

    /// <summary>A kernel; null where there is none of that name.</summary>
    public Program? Find(string kernel) => _module.Kernels.TryGetValue(kernel, out PtxKernel? written)
        ? _programs.GetOrAdd(kernel, _ => Decoder.Decode(_module, written))
        : null;

    /// <summary>What the variable KERNEL_parameters lists, as CudaModule reads it from a card's image; without it sizes alone.</summary>
    public CudaParameter[] ParametersOf(Program program)
    {
        if (!_module.Global.TryGetValue(program.Name + "_parameters", out PtxVariable? list))
            return [.. program.ParameterBytes.Select(bytes => new CudaParameter(CudaParameterKind.Unknown, bytes))];
        return [.. MemoryMarshal.Cast<byte, ushort>(list.Contents).ToArray().TakeWhile(code => code != 0).Select(code => new CudaParameter(code))];
    }
}
