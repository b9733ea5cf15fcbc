using UniMed.PtxMachine.Execution;
using UniMed.PtxMachine.Syntax;
using Xunit;

namespace UniMed.Native.Tests.Ptx;

/// <summary>What a kernel must not do: each of these kernels does one such thing, and is told where.</summary>
public sealed class PtxStrictnessTests
{
    private const string Shared = "mov.u32 %r2, shared_words; shl.b32 %r3, %r0, 2; add.s32 %r4, %r2, %r3; ";
    private const string Store = "st.global.u32 [%rd1], %r1; ret;";
    private const string Half = "setp.lt.s32 %p1, %r0, 16; ";

    [Theory]
    [InlineData("add.s32 %r1, %r9, 1; " + Store, "add.s32 %r1, %r9", "lane 0: %r9 is read and was never written")]
    [InlineData(Half + "@%p1 bra B; mov.u32 %r9, 1; B: add.s32 %r1, %r9, 1; " + Store, "add.s32 %r1, %r9", "lane 0: %r9 is read and was never written")]
    [InlineData(Half + "@%p1 mov.u32 %r9, 1; add.s32 %r1, %r9, 1; " + Store, "add.s32 %r1, %r9", "lane 16: %r9 is read and was never written")]
    [InlineData("@%p9 mov.u32 %r1, 1; ret;", "@%p9 mov", "lane 0: %p9 is read and was never written")]
    [InlineData("@%p9 bra B; B: ret;", "@%p9 bra", "%p9 is read and was never written")]
    public void Registers_that_were_never_written(string body, string instruction, string problem) => AssertRefused(body, instruction, problem);

    [Theory]
    [InlineData(Shared + "ld.shared.u32 %r1, [%r4]; " + Store, "ld.shared", "was never written")]
    [InlineData(Shared + "st.shared.u32 [%r4+4096], %r0; ret;", "st.shared", "lane 0: writes shared memory at 5120, outside of the block's variables")]
    [InlineData(Shared + "ld.shared.u32 %r1, [%r4+-1024]; " + Store, "ld.shared", "outside of the block's variables")]
    [InlineData(Shared + "st.shared.u32 [%r4+2], %r0; ret;", "st.shared", "misaligned")]
    [InlineData("st.global.u32 [%rd1+16384], %r0; ret;", "st.global", "outside of device memory in use")]
    [InlineData("ld.global.u32 %r1, [%rd2+16300]; " + Store, "ld.global", "lane 21: reads 4 bytes")]
    [InlineData("ld.global.v2.u32 {%r1, %r2}, [%rd2]; " + Store, "ld.global", "lane 1: the address")]
    [InlineData("mov.u64 %rd8, 0; prefetch.global.L2 [%rd8]; ret;", "prefetch", "lane 0: prefetches 1 bytes at 0x0, outside of device memory in use")]
    [InlineData("mov.u64 %rd8, 0; ld.global.u32 %r1, [%rd8]; " + Store, "ld.global", "outside of device memory in use")]
    [InlineData("mov.b64 %rd8, 0x100000400; ld.shared.b32 %r1, [%rd8]; " + Store, "ld.shared", "0x100000400 is no address of shared memory")]
    public void Memory_that_is_not_to_be_touched(string body, string instruction, string problem) => AssertRefused(body, instruction, problem);

    [Theory]
    [InlineData(Half + "@%p1 bra B; bar.sync 0; B: ret;", "bar.sync", "lane 0: the barrier is reached by a part of the warp")]
    [InlineData(Half + "@%p1 bra B; ret; B: bar.sync 0; ret;", "bar.sync", "lane 16: the barrier is reached by a part of the warp")]
    [InlineData(Half + "@%p1 bra B; shfl.sync.bfly.b32 %r1|%p2, %r0, 1, 31, -1; B: ret;", "shfl", "lane 0 is a member (0xffffffff) and does not come here (0xffff0000 do)")]
    [InlineData(Half + "@%p1 bra B; shfl.sync.bfly.b32 %r1|%p2, %r0, 16, 31, 0xFFFF0000; B: ret;", "shfl", "the shuffle reads lane 0, which does not take part")]
    [InlineData("vote.sync.ballot.b32 %r1, %p1, 0xFFFF; ret;", "vote", "%p1 is read and was never written")]
    [InlineData("mov.pred %p1, -1; vote.sync.ballot.b32 %r1, %p1, 0xFFFF; ret;", "vote", "lane 16 comes here and is no member (0x0000ffff)")]
    [InlineData(Half + "@%p1 bra B; bar.warp.sync -1; B: ret;", "bar.warp", "lane 0 is a member")]
    [InlineData(Half + "mov.f32 %f1, 0f00000000; @%p1 bra B; mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f1, %f2, %f3, %f4}, {%r0, %r0, %r0, %r0}, {%r0, %r0}, {%f1, %f1, %f1, %f1}; B: ret;", "mma", "mma is reached by a part of the warp")]
    [InlineData(Shared + Half + "@%p1 bra B; ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r1}, [%r2]; B: ret;", "ldmatrix", "ldmatrix is reached by a part of the warp")]
    [InlineData("trap;", "trap", "the kernel stops itself")]
    [InlineData(Half + "@%p1 bra.uni B; B: ret;", "@%p1 bra.uni", "lanes of a warp differ at a branch with .uni")]
    [InlineData("mov.u32 %r2, 0; div.s32 %r1, %r0, %r2; ret;", "div", "division by zero")]
    public void Instructions_of_the_whole_warp_or_block_that_some_lanes_miss(string body, string instruction, string problem) => AssertRefused(body, instruction, problem);

    [Theory]
    [InlineData(Shared + "cp.async.cg.shared.global.L2::128B [%r2], [%rd4], 16, %r5; ret;", "cp.async", "%r5 is read and was never written")]
    [InlineData("mov.u32 %r5, 16; shl.b32 %r3, %r0, 4; mov.u32 %r2, shared_words; add.s32 %r4, %r2, %r3; cp.async.cg.shared.global.L2::128B [%r4], [%rd4], 16, %r5; cp.async.commit_group; ld.shared.u32 %r1, [%r4]; ret;", "ld.shared", "while a cp.async to it has not been waited for")]
    [InlineData("mov.u32 %r5, 16; shl.b32 %r3, %r0, 4; mov.u32 %r2, shared_words; add.s32 %r4, %r2, %r3; cp.async.cg.shared.global.L2::128B [%r4], [%rd4], 16, %r5; cp.async.commit_group; cp.async.wait_group 1; ld.shared.u32 %r1, [%r4]; ret;", "ld.shared", "while a cp.async to it has not been waited for")]
    [InlineData("mov.u32 %r5, 16; shl.b32 %r3, %r0, 4; mov.u32 %r2, shared_words; add.s32 %r4, %r2, %r3; cp.async.cg.shared.global.L2::128B [%r4], [%rd4], 16, %r5; cp.async.wait_group 0; ld.shared.u32 %r1, [%r4]; ret;", "ld.shared", "while a cp.async to it has not been waited for")]
    [InlineData("mov.u32 %r5, 17; shl.b32 %r3, %r0, 4; mov.u32 %r2, shared_words; add.s32 %r4, %r2, %r3; cp.async.cg.shared.global.L2::128B [%r4], [%rd4], 16, %r5; ret;", "cp.async", "17 valid bytes of a copy of 16")]
    public void Copies_that_are_used_before_they_are_waited_for(string body, string instruction, string problem) => AssertRefused(body, instruction, problem);

    [Theory]
    [InlineData(Shared + "st.shared.u32 [%r4], %r0; and.b32 %r5, %r3, 127; add.s32 %r6, %r2, %r5; ld.shared.u32 %r1, [%r6]; ret;", "ld.shared", "that warp 0 wrote since the last barrier: a race between warps")]
    [InlineData(Shared + "st.shared.u32 [%r4], %r0; bar.sync 0; setp.lt.s32 %p1, %r0, 32; @%p1 bra B; st.shared.u32 [%r4], %r0; ret; B: ld.shared.u32 %r1, [%r4+128]; ret;", "st.shared", "that warp 0 read since the last barrier: a race between warps")]
    [InlineData(Shared + "and.b32 %r5, %r3, 127; add.s32 %r6, %r2, %r5; st.shared.u32 [%r6], %r0; ret;", "st.shared", "that warp 0 wrote since the last barrier: a race between warps")]
    [InlineData("setp.lt.s32 %p1, %r0, 32; @%p1 bra B; bar.sync 0; B: ret;", "bar.sync", "warp 0 ended and never comes to this barrier")]
    public void Races_between_warps(string body, string instruction, string problem) => AssertRefused(body, instruction, problem, threads: 64);

    [Theory]
    [InlineData(Shared + "st.shared.u32 [%r4], %r0; ld.shared.u32 %r1, [%r2+12]; ret;", "ld.shared", "lane 0: reads shared memory at 1036 that lane 3 of this warp wrote since its last barrier: a race between lanes")]
    [InlineData(Shared + "st.shared.u32 [%r4], %r0; bar.warp.sync -1; ld.shared.u32 %r1, [%r2]; st.shared.u32 [%r4], %r0; ret;", "st.shared", "lane 0: writes shared memory at 1024 that several lanes of this warp read since its last barrier: a race between lanes")]
    [InlineData("mov.u32 %r2, shared_words; st.shared.u32 [%r2], %r0; ret;", "st.shared", "lane 1: writes shared memory at 1024 that lane 0 of this warp wrote since its last barrier: a race between lanes")]
    public void Races_between_lanes(string body, string instruction, string problem) => AssertRefused(body, instruction, problem);

    [Theory]
    [InlineData("st.global.u32 [%rd1], %r0; ret;", "st.global", "block (1, 0, 0), warp 0, lane 0: writes 0x")]
    [InlineData("mov.u32 %r2, %ctaid.x; setp.eq.s32 %p1, %r2, 0; @%p1 bra B; st.global.u32 [%rd2], %r0; B: ld.global.u32 %r1, [%rd2]; ret;", "st.global", "which block 0 of this launch reads: a race between blocks")]
    [InlineData("mov.u32 %r2, %ctaid.x; setp.eq.s32 %p1, %r2, 1; @%p1 bra B; st.global.u32 [%rd2], %r0; B: ld.global.u32 %r1, [%rd2]; ret;", "ld.global", "which block 0 of this launch writes: a race between blocks")]
    public void Races_between_blocks(string body, string instruction, string problem) => AssertRefused(body, instruction, problem, blocks: 2);

    [Theory]
    [InlineData("mov.u64 %rd8, %rd4; ld.global.nc.L1::no_allocate.L2::128B.v4.u32 {%r1, %r2, %r3, %r4}, [%rd8]; st.global.u32 [%rd2], %r1; ret;", "st.global", "which several blocks of this launch or a load with .nc read")]
    [InlineData("st.global.u32 [%rd2], %r0; ld.global.nc.L1::no_allocate.L2::128B.v4.u32 {%r1, %r2, %r3, %r4}, [%rd4]; ret;", "ld.global.nc", "a load with .nc reads")]
    public void Constant_loads_of_what_the_launch_writes(string body, string instruction, string problem) => AssertRefused(body, instruction, problem);

    [Theory]
    [InlineData("ld.global.u32 %r2, [%rd1]; griddepcontrol.wait; st.global.u32 [%rd1], %r0; ret;", "ld.global", "which an earlier kernel wrote, before griddepcontrol.wait")]
    [InlineData("st.global.u32 [%rd1], %r0; griddepcontrol.wait; ret;", "st.global", "before griddepcontrol.wait")]
    [InlineData("setp.eq.s32 %p1, %r0, 3; @%p1 bra B; griddepcontrol.wait; B: ret;", "ret", "lane 3: a thread ends without griddepcontrol.wait")]
    public void What_comes_before_the_kernels_before_are_done(string body, string instruction, string problem)
    {
        var kernel = new TinyKernel(body);

        PtxFault fault = Assert.Throws<PtxFault>(() => kernel.Run(new LaunchShape(1, 1, 1, 32, 0, 0, Dependent: true), times: 2));

        Assert.Contains($"PTX line {kernel.LineOf(instruction)} ", fault.Message, StringComparison.Ordinal);
        Assert.Contains(problem, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(45_056, 0, null)]
    [InlineData(45_072, 0, "49168 bytes of shared memory, declared and of the launch together; a block has 49152 where nobody asked for more")]
    [InlineData(45_072, 45_072, null)]
    [InlineData(228_352, 228_352, null)]
    [InlineData(228_368, 228_368, "232464 bytes of shared memory, declared and of the launch together; a block has 232448")]
    public void What_a_kernel_declares_and_its_launch_adds_share_one_budget(int bytes, int asked, string? problem)
    {
        var kernel = new TinyKernel("ret;");

        Exception? fault = Record.Exception(() => kernel.Run(new LaunchShape(1, 1, 1, 32, bytes, asked, Dependent: false), times: 1));

        Assert.Equal(problem is null ? null : $"kernel k: {problem}", fault?.Message);
    }

    [Theory]
    [InlineData("add.s32 %r1, %r0, 1; sub.f16 %rs1, %rs1, %rs1;", "sub.f16 is an opcode that the machine does not know")]
    [InlineData("ld.v4.f32 {%f1, %f2, %f3, %f4}, [%rd1];", "ld.v4.f32 is an opcode that the machine does not know")]
    [InlineData("add.sat.s32 %r1, %r0, 1;", "add.sat.s32 is an opcode that the machine does not know")]
    [InlineData("add.s32 %r1, %rd1, 1;", "%rd1 is of another width than the opcode takes")]
    [InlineData("add.s32 %r1, %r0;", "too few operands")]
    [InlineData("add.s32 %r1, %r0, 1, 2;", "too many operands")]
    [InlineData("mov.u32 %r1, %clock;", "%clock is not declared")]
    [InlineData("bra NOWHERE;", "there is no label NOWHERE")]
    [InlineData("bar.sync 1;", "only barrier 0 is known")]
    public void Text_that_the_machine_does_not_know(string body, string problem)
    {
        var kernel = new TinyKernel(body + " ret;");

        PtxSyntaxException error = Assert.Throws<PtxSyntaxException>(() => kernel.Run());

        Assert.StartsWith("kernel k, PTX line ", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    private static void AssertRefused(string body, string instruction, string problem, int threads = 32, int blocks = 1)
    {
        var kernel = new TinyKernel(body);

        PtxFault fault = Assert.Throws<PtxFault>(() => kernel.Run(threads, blocks));

        Assert.StartsWith($"kernel k, PTX line {kernel.LineOf(instruction)} (", fault.Message, StringComparison.Ordinal);
        Assert.Contains(problem, fault.Message, StringComparison.Ordinal);
    }
}
