using UniMed.PtxMachine.Decoding;
using UniMed.PtxMachine.Execution;
using UniMed.PtxMachine.Memory;
using UniMed.PtxMachine.Syntax;

namespace UniMed.Native.Tests.Ptx;

/// <summary>
/// A kernel of a few hand-written instructions. Before them %rd1 is the address of the lane's word of output, %rd2 of
/// its word of input, %rd3 and %rd4 are where output and input begin, and %r0 is the thread.
/// </summary>
internal sealed class TinyKernel
{
    private const string Head = """
        .version 8.4
        .target sm_90
        .address_size 64
        .visible .entry k(
        .param .u64 k_param_0,
        .param .u64 k_param_1
        )
        .maxntid 1024, 1, 1
        {
        .reg .pred %p<16>;
        .reg .b16 %rs<16>;
        .reg .f32 %f<32>;
        .reg .b32 %r<32>;
        .reg .f64 %fd<16>;
        .reg .b64 %rd<32>;
        .shared .align 16 .b8 shared_words[4096];
        ld.param.u64 %rd5, [k_param_0];
        cvta.to.global.u64 %rd3, %rd5;
        ld.param.u64 %rd6, [k_param_1];
        cvta.to.global.u64 %rd4, %rd6;
        mov.u32 %r0, %tid.x;
        mul.wide.u32 %rd7, %r0, 4;
        add.s64 %rd1, %rd3, %rd7;
        add.s64 %rd2, %rd4, %rd7;

        """;

    private readonly string[] _lines;

    /// <summary>Makes one of a body, whose statements end with semicolons or colons.</summary>
    public TinyKernel(string body)
    {
        string statements = body.ReplaceLineEndings("\n").Replace("; ", ";\n", StringComparison.Ordinal).Replace(": ", ":\n", StringComparison.Ordinal);
        _lines = [.. (Head.ReplaceLineEndings("\n") + statements + "\n}\n").Split('\n').Select(line => line.Trim())];
    }

    /// <summary>Words of output of each launch; all are 0xFFFFFFFF before.</summary>
    public const int Words = 4096;

    /// <summary>The line, from 1, of the last instruction that begins with a text.</summary>
    public int LineOf(string instruction) => Array.FindLastIndex(_lines, line => line.StartsWith(instruction, StringComparison.Ordinal)) + 1;

    /// <summary>Runs it once and gives its output.</summary>
    public uint[] Run(int threads = 32, int blocks = 1, bool dependent = false, params uint[] input) => Run(new LaunchShape(blocks, 1, 1, threads, 0, 0, dependent), 1, input);

    /// <summary>Runs it once on a tensor core.</summary>
    public uint[] Run(TensorCore tensorCore) => Run(new LaunchShape(1, 1, 1, 32, 0, 0, false), 1, tensorCore, []);

    /// <summary>Runs it several times on the same memory.</summary>
    public uint[] Run(LaunchShape shape, int times, params uint[] input) => Run(shape, times, TensorCore.OneByOne, input);

    private unsafe uint[] Run(LaunchShape shape, int times, TensorCore tensorCore, uint[] input)
    {
        using var memory = new DeviceMemory();
        using var machine = new Machine(memory, threads: 1) { TensorCore = tensorCore };
        Allocation output = memory.Allocate(Words * sizeof(uint));
        Allocation source = memory.Allocate(Words * sizeof(uint));
        input.CopyTo(new Span<uint>((void*)source.Base, Words));
        PtxModule module = PtxParser.Parse(string.Join('\n', _lines));
        UniMed.PtxMachine.Execution.Program program = Decoder.Decode(module, module.Kernels["k"]);
        var parameters = new byte[24];
        BitConverter.TryWriteBytes(parameters, output.Base);
        BitConverter.TryWriteBytes(parameters.AsSpan(8), source.Base);
        for (int i = 0; i < times; i++)
            machine.Run(program, shape, parameters);
        return new ReadOnlySpan<uint>((void*)output.Base, Words).ToArray();
    }
}
