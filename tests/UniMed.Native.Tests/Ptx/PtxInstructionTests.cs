using Xunit;

namespace UniMed.Native.Tests.Ptx;

/// <summary>What instructions compute, by the PTX manual: each has inputs as numbers, and leaves its result in %r1.</summary>
public sealed class PtxInstructionTests
{
    [Theory]
    [InlineData("mov.u32 %r2, 7; add.s32 %r1, %r2, -9;", 0xFFFFFFFE)]
    [InlineData("mov.u32 %r2, 7; sub.s32 %r1, %r2, 9;", 0xFFFFFFFE)]
    [InlineData("mov.u32 %r2, 65537; mul.lo.s32 %r1, %r2, %r2;", 0x00020001)]
    [InlineData("mov.u32 %r2, 6; mad.lo.s32 %r1, %r2, 7, 1;", 43)]
    [InlineData("mov.u32 %r2, -7; div.s32 %r1, %r2, 2;", 0xFFFFFFFD)]
    [InlineData("mov.u32 %r2, -7; rem.s32 %r1, %r2, 2;", 0xFFFFFFFF)]
    [InlineData("mov.u32 %r2, -1; rem.u32 %r1, %r2, 10;", 5)]
    [InlineData("mov.u32 %r2, -1; div.u32 %r1, %r2, 10;", 429496729)]
    [InlineData("mov.u32 %r2, 0xFFFF; cvt.u16.u32 %rs1, %r2; mul.wide.u16 %r1, %rs1, 256;", 0xFFFF00)]
    [InlineData("mov.u32 %r2, -1; div.u32 %r1, %r2, 16;", 0x0FFFFFFF)]
    [InlineData("mov.u64 %rd8, -1; min.u64 %rd9, %rd8, 0x100000007; mov.b64 {%r1, %r3}, %rd9;", 7)]
    [InlineData("mov.u64 %rd8, 0xFFFFFFFF; not.b64 %rd9, %rd8; mov.b64 {%r3, %r1}, %rd9;", 0xFFFFFFFF)]
    [InlineData("mov.u32 %r2, -1; min.s32 %r1, %r2, 3;", 0xFFFFFFFF)]
    [InlineData("mov.u32 %r2, -1; min.u32 %r1, %r2, 3;", 3)]
    [InlineData("mov.u32 %r2, -1; max.s32 %r1, %r2, 3;", 3)]
    [InlineData("mov.u32 %r2, -1; max.u32 %r1, %r2, 3;", 0xFFFFFFFF)]
    [InlineData("mov.u32 %r2, 5; neg.s32 %r1, %r2;", 0xFFFFFFFB)]
    [InlineData("mov.u32 %r2, 5; not.b32 %r1, %r2;", 0xFFFFFFFA)]
    [InlineData("mov.u32 %r2, 12; and.b32 %r1, %r2, 10;", 8)]
    [InlineData("mov.u32 %r2, 12; or.b32 %r1, %r2, 10;", 14)]
    [InlineData("mov.u32 %r2, 12; xor.b32 %r1, %r2, 10;", 6)]
    [InlineData("mov.u32 %r2, 0x80000001; popc.b32 %r1, %r2;", 2)]
    [InlineData("mov.u32 %r2, 3; shl.b32 %r1, %r2, 31;", 0x80000000)]
    [InlineData("mov.u32 %r2, 3; shl.b32 %r1, %r2, 32;", 0)]
    [InlineData("mov.u32 %r2, -4; shr.u32 %r1, %r2, 1;", 0x7FFFFFFE)]
    [InlineData("mov.u32 %r2, -4; shr.u32 %r1, %r2, 32;", 0)]
    [InlineData("mov.u32 %r2, -4; shr.s32 %r1, %r2, 1;", 0xFFFFFFFE)]
    [InlineData("mov.u32 %r2, -4; shr.s32 %r1, %r2, 99;", 0xFFFFFFFF)]
    [InlineData("mov.u32 %r2, 0xF0; mov.u32 %r3, 0xCC; mov.u32 %r4, 0xAA; lop3.b32 %r1, %r2, %r3, %r4, 0xEA;", 0xEA)]
    [InlineData("mov.u32 %r2, 0xF0; mov.u32 %r3, 0xCC; mov.u32 %r4, 0xAA; lop3.b32 %r1, %r2, %r3, %r4, 0x1B;", 0xFFFFFF1B)]
    [InlineData("mov.u32 %r2, 0x33221100; mov.u32 %r3, 0x77665544; prmt.b32 %r1, %r2, %r3, 0x4140;", 0x44114400)]
    [InlineData("mov.u32 %r2, 0x33221180; mov.u32 %r3, 0x77665544; prmt.b32 %r1, %r2, %r3, 0x7698;", 0x776600FF)]
    [InlineData("mov.u32 %r2, -2; mul.wide.s32 %rd8, %r2, 3; mov.b64 {%r3, %r1}, %rd8;", 0xFFFFFFFF)]
    [InlineData("mov.u32 %r2, -2; mul.wide.u32 %rd8, %r2, 3; mov.b64 {%r3, %r1}, %rd8;", 2)]
    [InlineData("mov.u32 %r2, -2; cvt.s64.s32 %rd8, %r2; mov.b64 {%r3, %r1}, %rd8;", 0xFFFFFFFF)]
    [InlineData("mov.u32 %r2, -2; cvt.u64.u32 %rd8, %r2; mov.b64 {%r3, %r1}, %rd8;", 0)]
    [InlineData("mov.u64 %rd8, 0x500000009; cvt.u32.u64 %r1, %rd8;", 9)]
    [InlineData("mov.u64 %rd8, 0x500000009; mov.u64 %rd9, 0x2FFFFFFFF; add.s64 %rd8, %rd8, %rd9; mov.b64 {%r2, %r1}, %rd8;", 8)]
    [InlineData("mov.u64 %rd8, 5; sub.s64 %rd8, %rd8, 6; mov.b64 {%r2, %r1}, %rd8;", 0xFFFFFFFF)]
    [InlineData("mov.u64 %rd8, 0x100000001; mul.lo.s64 %rd8, %rd8, %rd8; mov.b64 {%r2, %r1}, %rd8;", 2)]
    [InlineData("mov.u64 %rd8, 3; shl.b64 %rd8, %rd8, 33; mov.b64 {%r2, %r1}, %rd8;", 6)]
    [InlineData("mov.u64 %rd8, 3; shl.b64 %rd8, %rd8, 64; mov.b64 {%r2, %r1}, %rd8;", 0)]
    [InlineData("mov.u64 %rd8, -1; shr.u64 %rd8, %rd8, 40; mov.b64 {%r1, %r2}, %rd8;", 0xFFFFFF)]
    [InlineData("mov.u64 %rd8, -7; rem.s64 %rd8, %rd8, 4; mov.b64 {%r1, %r2}, %rd8;", 0xFFFFFFFD)]
    [InlineData("mov.u32 %r2, 0xABC; mov.u32 %r3, -1; bfi.b32 %r1, %r2, %r3, 4, 8;", 0xFFFFFBCF)]
    [InlineData("mov.u32 %r2, 0xABC; mov.u32 %r3, 5; bfi.b32 %r1, %r2, %r3, 4, 28;", 0xABC5)]
    [InlineData("mov.u32 %r2, -1; mov.u32 %r3, 5; bfi.b32 %r1, %r2, %r3, 28, 200;", 0xF0000005)]
    [InlineData("mov.u32 %r2, -1; mov.u32 %r3, 5; bfi.b32 %r1, %r2, %r3, 32, 4;", 5)]
    [InlineData("mov.u64 %rd8, -1; mov.u64 %rd9, 0; bfi.b64 %rd8, %rd8, %rd9, 21, 15; mov.b64 {%r1, %r2}, %rd8;", 0xFFE00000)]
    [InlineData("mov.u64 %rd8, -1; mov.u64 %rd9, 0; bfi.b64 %rd8, %rd8, %rd9, 21, 15; mov.b64 {%r2, %r1}, %rd8;", 0xF)]
    [InlineData("mov.u32 %r2, -1; mov.u32 %r3, 0; bfi.b32 %r1, %r2, %r3, 21, 15;", 0xFFE00000)]
    [InlineData("mov.u32 %r2, 0x35; mov.u32 %r3, -1; bfi.b32 %r1, %r2, %r3, 4, 4;", 0xFFFFFF5F)]
    [InlineData("mov.u32 %r2, -1; mov.u32 %r3, 7; bfi.b32 %r1, %r2, %r3, 3, 0;", 7)]
    [InlineData("mov.u32 %r1, %dynamic_smem_size;", 0)]
    [InlineData("mov.u32 %r2, 1; mov.u32 %r3, 2; mov.b64 %rd8, {%r2, %r3}; cvt.u32.u64 %r1, %rd8;", 1)]
    [InlineData("mov.u32 %r2, 0x12345; cvt.u16.u32 %rs1, %r2; and.b16 %rs1, %rs1, 0xFFF; setp.eq.s16 %p1, %rs1, 0x345; selp.u32 %r1, 1, 0, %p1;", 1)]
    public void Whole_numbers(string body, uint expected) => AssertResult(body, expected);

    [Theory]
    [InlineData("mov.f32 %f2, 0f3F800000; add.rn.f32 %f1, %f2, 0f33800000;", 0x3F800000)] // 1 + half a unit: to even
    [InlineData("mov.f32 %f2, 0f3F800001; add.rn.f32 %f1, %f2, 0f33800000;", 0x3F800002)]
    [InlineData("mov.f32 %f2, 0f3F800000; sub.rn.f32 %f1, %f2, 0f40000000;", 0xBF800000)]
    [InlineData("mov.f32 %f2, 0f40400000; mul.rn.f32 %f1, %f2, %f2;", 0x41100000)]
    [InlineData("mov.f32 %f2, 0f3F800000; mov.f32 %f3, 0f40400000; div.rn.f32 %f1, %f2, %f3;", 0x3EAAAAAB)]
    [InlineData("mov.f32 %f3, 0f40400000; rcp.rn.f32 %f1, %f3;", 0x3EAAAAAB)]
    [InlineData("mov.f32 %f3, 0f40000000; sqrt.rn.f32 %f1, %f3;", 0x3FB504F3)]
    [InlineData("mov.f32 %f3, 0fBF800000; sqrt.rn.f32 %f1, %f3;", 0x7FFFFFFF)]
    [InlineData("mov.f32 %f3, 0f7F800000; sub.rn.f32 %f1, %f3, %f3;", 0x7FFFFFFF)]
    [InlineData("mov.f32 %f2, 0f3F800001; fma.rn.f32 %f1, %f2, %f2, 0fBF800002;", 0x28800000)] // 2^-46, lost by a rounded product
    [InlineData("mov.f32 %f2, 0f3F800000; fma.rm.f32 %f1, %f2, %f2, 0f33800000;", 0x3F800000)]
    [InlineData("mov.f32 %f2, 0f3F800000; fma.rm.f32 %f1, %f2, %f2, 0fA0000000;", 0x3F7FFFFF)] // 1 - 2^-63 rounded down
    [InlineData("mov.f32 %f2, 0fBF800000; mov.f32 %f3, 0f3F800000; fma.rm.f32 %f1, %f2, %f3, 0fA0000000;", 0xBF800001)]
    [InlineData("mov.f32 %f2, 0f40000000; neg.f32 %f1, %f2;", 0xC0000000)]
    [InlineData("mov.f32 %f2, 0fC0000000; abs.f32 %f1, %f2;", 0x40000000)]
    [InlineData("mov.f32 %f2, 0f7FC00000; max.f32 %f1, %f2, 0fC0000000;", 0xC0000000)]
    [InlineData("mov.f32 %f2, 0f80000000; max.f32 %f1, %f2, 0f00000000;", 0x00000000)]
    [InlineData("mov.f32 %f2, 0f7FC00000; max.NaN.f32 %f1, %f2, %f2;", 0x7FFFFFFF)]
    [InlineData("mov.f32 %f2, 0f40400000; ex2.approx.ftz.f32 %f1, %f2;", 0x41000000)]
    [InlineData("mov.f32 %f2, 0f3F000000; ex2.approx.ftz.f32 %f1, %f2;", 0x3FB504F3)]
    [InlineData("mov.f32 %f2, 0fC2FE0000; ex2.approx.ftz.f32 %f1, %f2;", 0x00000000)] // 2^-127 is subnormal
    [InlineData("mov.f32 %f2, 0fFF800000; ex2.approx.ftz.f32 %f1, %f2;", 0x00000000)]
    [InlineData("mov.f32 %f2, 0f43800000; ex2.approx.ftz.f32 %f1, %f2;", 0x7F800000)]
    [InlineData("mov.f32 %f2, 0f7FC00000; cvt.sat.f32.f32 %f1, %f2;", 0x00000000)]
    [InlineData("mov.f32 %f2, 0f40000000; cvt.sat.f32.f32 %f1, %f2;", 0x3F800000)]
    [InlineData("mov.u32 %r2, 16777217; cvt.rn.f32.s32 %f1, %r2;", 0x4B800000)]
    [InlineData("mov.u16 %rs1, 1; cvt.f32.f16 %f1, %rs1;", 0x33800000)] // 2^-24
    [InlineData("mov.u16 %rs1, 0xFC00; cvt.f32.f16 %f1, %rs1;", 0xFF800000)]
    [InlineData("mov.f64 %fd1, 0d3FF0000010000000; cvt.rn.f32.f64 %f1, %fd1;", 0x3F800000)]
    public void Numbers_of_32_bits(string body, uint expected) => AssertResult(body + " mov.b32 %r1, %f1;", expected);

    [Theory]
    [InlineData("mov.f32 %f2, 0f3F800000; mov.f32 %f3, 0f40000000; cvt.rn.f16x2.f32 %r1, %f2, %f3;", 0x3C004000)] // the first operand is the upper half
    [InlineData("mov.f32 %f2, 0f477FF000; mov.f32 %f3, 0f33000000; cvt.rn.f16x2.f32 %r1, %f2, %f3;", 0x7C000000)] // 65520 is infinite, 2^-25 ties to 0
    [InlineData("mov.f32 %f2, 0f33000001; mov.f32 %f3, 0f3F801000; cvt.rn.f16x2.f32 %r1, %f2, %f3;", 0x00013C00)]
    [InlineData("mov.f32 %f2, 0f3F800000; mov.f32 %f3, 0f3F818000; cvt.rn.bf16x2.f32 %r1, %f2, %f3;", 0x3F803F82)]
    [InlineData("mov.u32 %r2, 0x64026401; mov.u32 %r3, 0x3C003C00; mov.u32 %r4, 0xE400E400; fma.rn.f16x2 %r1, %r2, %r3, %r4;", 0x40003C00)]
    [InlineData("mov.u32 %r2, 0x3C013C01; fma.rn.f16x2 %r1, %r2, %r2, 0x0001BC02;", 0x3C020010)] // (1 + 2^-10)^2 + 2^-24, and - 1 - 2^-9 = 2^-20
    public void Pairs_of_16_bits(string body, uint expected) => AssertResult(body, expected);

    [Theory]
    [InlineData("mov.f64 %fd2, 0d3FF0000000000000; add.rn.f64 %fd1, %fd2, %fd2;", 0x40000000)]
    [InlineData("mov.f64 %fd2, 0d4008000000000000; sub.rn.f64 %fd1, %fd2, 0d3FF0000000000000;", 0x40000000)]
    [InlineData("mov.f64 %fd2, 0d4000000000000000; mul.rn.f64 %fd1, %fd2, %fd2;", 0x40100000)]
    [InlineData("mov.f64 %fd2, 0d4010000000000000; mov.f64 %fd3, 0d4000000000000000; div.rn.f64 %fd1, %fd2, %fd3;", 0x40000000)]
    [InlineData("mov.f64 %fd2, 0d4000000000000000; fma.rn.f64 %fd1, %fd2, %fd2, %fd2;", 0x40180000)]
    [InlineData("mov.f64 %fd2, 0d4000000000000000; neg.f64 %fd1, %fd2;", 0xC0000000)]
    [InlineData("mov.f64 %fd2, 0d4010000000000000; rcp.approx.ftz.f64 %fd1, %fd2;", 0x3FD00000)]
    [InlineData("mov.f32 %f1, 0f40000000; cvt.f64.f32 %fd1, %f1;", 0x40000000)]
    [InlineData("mov.u64 %rd8, -1; cvt.rn.f64.u64 %fd1, %rd8;", 0x43F00000)]
    public void Numbers_of_64_bits(string body, uint upper) => AssertResult(body + " mov.b64 %rd9, %fd1; mov.b64 {%r2, %r1}, %rd9;", upper);

    [Theory]
    [InlineData("mov.u32 %r2, -1; setp.lt.s32 %p1, %r2, 1;", true)]
    [InlineData("mov.u32 %r2, -1; setp.lt.u32 %p1, %r2, 1;", false)]
    [InlineData("mov.u32 %r2, -1; setp.gt.u32 %p1, %r2, 1;", true)]
    [InlineData("mov.u32 %r2, 1; setp.le.s32 %p1, %r2, 1;", true)]
    [InlineData("mov.u32 %r2, 1; setp.le.u32 %p1, %r2, 0;", false)]
    [InlineData("mov.u32 %r2, 1; setp.ge.s32 %p1, %r2, 2;", false)]
    [InlineData("mov.u32 %r2, 1; setp.gt.s32 %p1, %r2, 0;", true)]
    [InlineData("mov.u32 %r2, 1; setp.ne.s32 %p1, %r2, 1;", false)]
    [InlineData("mov.u64 %rd8, -5; setp.gt.s64 %p1, %rd8, -6;", true)]
    [InlineData("mov.u64 %rd8, -5; setp.ge.s64 %p1, %rd8, 0;", false)]
    [InlineData("mov.u32 %r2, -1; setp.ge.u32 %p1, %r2, 1;", true)]
    [InlineData("mov.u64 %rd8, -1; setp.lt.u64 %p1, %rd8, 1;", false)]
    [InlineData("mov.u64 %rd8, 1; setp.le.u64 %p1, %rd8, -1;", true)]
    [InlineData("mov.u64 %rd8, -1; setp.gt.u64 %p1, %rd8, 1;", true)]
    [InlineData("mov.u64 %rd8, 1; setp.ge.u64 %p1, %rd8, -1;", false)]
    [InlineData("mov.u64 %rd8, 0x100000000; setp.eq.s64 %p1, %rd8, 0;", false)]
    [InlineData("mov.u64 %rd8, 0x100000000; setp.ne.s64 %p1, %rd8, 0;", true)]
    [InlineData("mov.f32 %f2, 0f7FC00000; setp.lt.f32 %p1, %f2, 0f00000000;", false)]
    [InlineData("mov.f32 %f2, 0f7FC00000; setp.ltu.f32 %p1, %f2, 0f00000000;", true)]
    [InlineData("mov.f32 %f2, 0f7FC00000; setp.geu.f32 %p1, %f2, 0f00000000;", true)]
    [InlineData("mov.f32 %f2, 0f7FC00000; setp.eq.f32 %p1, %f2, %f2;", false)]
    [InlineData("mov.f32 %f2, 0f7FC00000; setp.neu.f32 %p1, %f2, %f2;", true)]
    [InlineData("mov.f32 %f2, 0f7FC00000; setp.nan.f32 %p1, %f2, %f2;", true)]
    [InlineData("mov.f32 %f2, 0f80000000; setp.ge.f32 %p1, %f2, 0f00000000;", true)]
    [InlineData("mov.f64 %fd2, 0d7FF8000000000000; setp.gtu.f64 %p1, %fd2, %fd2;", true)]
    [InlineData("mov.f64 %fd2, 0d7FF8000000000000; setp.le.f64 %p1, %fd2, %fd2;", false)]
    [InlineData("mov.pred %p2, -1; mov.pred %p3, 0; and.pred %p1, %p2, %p3;", false)]
    [InlineData("mov.pred %p2, -1; mov.pred %p3, 0; or.pred %p1, %p2, %p3;", true)]
    [InlineData("mov.pred %p2, -1; mov.pred %p3, -1; xor.pred %p1, %p2, %p3;", false)]
    [InlineData("mov.pred %p2, -1; mov.pred %p3, 0; xor.pred %p1, %p2, %p3;", true)]
    [InlineData("mov.pred %p2, -1; not.pred %p1, %p2;", false)]
    public void Comparisons(string body, bool expected) => AssertResult(body + " selp.b32 %r1, 1, 0, %p1;", expected ? 1u : 0);

    /// <summary>As ILGPU spells them.</summary>
    [Theory]
    [InlineData("mov.b64 %rd8, 0xFFFFFFFFFFFFFFFF; add.u64 %rd9, %rd8, 0x300000003; mov.b64 {%r3, %r1}, %rd9;", 3)]
    [InlineData("mov.b64 %rd8, 0x100000002; mad.lo.u64 %rd9, %rd8, 3, 5; mov.b64 {%r1, %r3}, %rd9;", 11)]
    [InlineData("mov.b64 %rd8, 0x100000002; mad.lo.u64 %rd9, %rd8, 3, 5; mov.b64 {%r3, %r1}, %rd9;", 3)]
    [InlineData("mov.b64 %rd8, 0xFFFFFFFFFFFFFFFF; div.u64 %rd9, %rd8, 0x100000000; mov.b64 {%r1, %r3}, %rd9;", 0xFFFFFFFF)]
    [InlineData("mov.b64 %rd8, 0x1FFFFFFFE; cvt.s32.s64 %r1, %rd8;", 0xFFFFFFFE)]
    [InlineData("mov.u16 %rs1, -1; cvt.s32.u16 %r1, %rs1;", 0xFFFF)]
    [InlineData("mov.f32 %f2, 0fC02CCCCD; cvt.rzi.s32.f32 %r1, %f2;", 0xFFFFFFFE)]
    [InlineData("mov.f32 %f2, 0f7F800000; cvt.rzi.s32.f32 %r1, %f2;", 0x7FFFFFFF)]
    [InlineData("mov.f32 %f2, 0f7FC00000; cvt.rzi.s32.f32 %r1, %f2;", 0)]
    [InlineData("mov.f32 %f2, 0f4F7FFFFF; cvt.rzi.u32.f32 %r1, %f2;", 0xFFFFFF00)]
    [InlineData("mov.f32 %f2, 0f402CCCCD; cvt.rzi.u32.f32 %r1, %f2;", 2)]
    [InlineData("mov.f32 %f2, 0f7F800000; cvt.rzi.u32.f32 %r1, %f2;", 0xFFFFFFFF)]
    [InlineData("mov.f32 %f2, 0fC02CCCCD; cvt.rzi.u32.f32 %r1, %f2;", 0)]
    [InlineData("mov.f32 %f2, 0f7FC00000; cvt.rzi.u32.f32 %r1, %f2;", 0)]
    [InlineData("mov.f32 %f2, 0fD02CCCCD; cvt.rzi.s64.f32 %rd8, %f2; mov.b64 {%r3, %r1}, %rd8;", 0xFFFFFFFD)]
    [InlineData("mov.f32 %f2, 0f7FC00000; cvt.rzi.s64.f32 %rd8, %f2; mov.b64 {%r3, %r1}, %rd8;", 0x80000000)]
    [InlineData("mov.f32 %f2, 0f3F800000; sub.f32 %f3, %f2, 0f33400000; mov.b32 %r1, %f3;", 0x3F7FFFFF)]
    [InlineData("mov.f32 %f2, 0f3F800001; mul.f32 %f3, %f2, %f2; mov.b32 %r1, %f3;", 0x3F800002)]
    [InlineData("mov.f32 %f2, 0f3F800000; add.f32 %f3, %f2, 0f33800000; mov.b32 %r1, %f3;", 0x3F800000)]
    [InlineData("mov.f32 %f2, 0f7FC00000; testp.notanumber.f32 %p1, %f2; selp.b32 %r1, 1, 0, %p1;", 1)]
    [InlineData("mov.f32 %f2, 0f7F800000; testp.notanumber.f32 %p1, %f2; selp.b32 %r1, 1, 0, %p1;", 0)]
    [InlineData("mov.f32 %f2, 0f7FC00000; setp.leu.f32 %p1, %f2, 0f00000000; selp.b32 %r1, 1, 0, %p1;", 1)]
    [InlineData("mov.f32 %f2, 0f3F800000; setp.leu.f32 %p1, %f2, 0f00000000; selp.b32 %r1, 1, 0, %p1;", 0)]
    [InlineData("mov.u32 %r2, -1; setp.lo.u32 %p1, %r2, 1; selp.b32 %r1, 1, 0, %p1;", 0)]
    [InlineData("mov.u32 %r2, -1; setp.ls.u32 %p1, %r2, %r2; selp.b32 %r1, 1, 0, %p1;", 1)]
    [InlineData("mov.u32 %r2, -1; setp.hi.u32 %p1, %r2, 1; selp.b32 %r1, 1, 0, %p1;", 1)]
    [InlineData("mov.u32 %r2, 1; setp.hs.u32 %p1, %r2, -1; selp.b32 %r1, 1, 0, %p1;", 0)]
    [InlineData("mov.u32 %r2, 1; setp.eq.u32 %p1, %r2, -1; selp.b32 %r1, 1, 0, %p1;", 0)]
    [InlineData("mov.u32 %r2, 1; setp.ne.u32 %p1, %r2, -1; selp.b32 %r1, 1, 0, %p1;", 1)]
    [InlineData("mov.b64 %rd8, -1; setp.ls.u64 %p1, %rd8, 1; selp.b32 %r1, 1, 0, %p1;", 0)]
    [InlineData("mov.b64 %rd8, -1; setp.hi.u64 %p1, %rd8, 1; selp.b32 %r1, 1, 0, %p1;", 1)]
    [InlineData("mov.b64 %rd8, -1; setp.lt.s64 %p1, %rd8, 1; selp.b32 %r1, 1, 0, %p1;", 1)]
    [InlineData("mov.b64 %rd8, shared_words; mul.wide.u32 %rd9, %r0, 8; add.u64 %rd8, %rd8, %rd9; mov.b64 %rd9, 0x700000009; st.shared.b64 [%rd8+256], %rd9; ld.shared.b64 %rd10, [%rd8+256]; mov.b64 {%r3, %r1}, %rd10;", 7)]
    [InlineData("mov.b64 %rd8, shared_words; mul.wide.u32 %rd9, %r0, 4; add.u64 %rd8, %rd8, %rd9; mov.u32 %r2, 5; st.shared.b32 [%rd8], %r2; ld.shared.b32 %r1, [%rd8];", 5)]
    public void What_ILGPU_writes(string body, uint expected) => AssertResult(body, expected);

    [Fact]
    public void Lanes_that_a_branch_parts_meet_again()
    {
        uint[] output = new TinyKernel("""
            mov.u32 %r1, 0;
            LOOP:
            add.s32 %r1, %r1, 1;
            setp.lt.s32 %p1, %r1, %r0;
            @%p1 bra LOOP;
            and.b32 %r2, %r0, 1;
            setp.eq.s32 %p2, %r2, 0;
            @!%p2 bra ODD;
            mul.lo.s32 %r1, %r1, 100;
            bra.uni MEET;
            ODD:
            add.s32 %r1, %r1, 7;
            MEET:
            mov.pred %p3, -1;
            vote.sync.ballot.b32 %r3, %p3, -1;
            setp.eq.s32 %p4, %r3, -1;
            selp.b32 %r1, %r1, 0, %p4;
            st.global.u32 [%rd1], %r1;
            ret;
            """).Run();

        Assert.Equal(Enumerable.Range(0, 32).Select(lane => (uint)(lane % 2 == 0 ? Math.Max(1, lane) * 100 : lane + 7)), output[..32]);
    }

    [Fact]
    public void A_guarded_instruction_reads_what_its_own_lanes_have_written()
    {
        uint[] output = new TinyKernel("mov.u32 %r1, 7; setp.gt.u32 %p1, %r0, 9; @%p1 mov.u32 %r9, 5; @%p1 add.s32 %r1, %r9, %r0; st.global.u32 [%rd1], %r1; ret;").Run();

        Assert.Equal(Enumerable.Range(0, 32).Select(lane => lane > 9 ? (uint)(lane + 5) : 7), output[..32]);
    }

    [Fact]
    public void A_scope_has_registers_of_its_own_under_any_name()
    {
        uint[] output = new TinyKernel("""
            mov.u32 %r1, 7;
            {
            .reg .pred wanted;
            setp.gt.u32 wanted, %r0, 9;
            @wanted mov.u32 %r1, %r0;
            }
            st.global.u32 [%rd1], %r1;
            ret;
            """).Run();

        Assert.Equal(Enumerable.Range(0, 32).Select(lane => lane > 9 ? (uint)lane : 7), output[..32]);
    }

    [Fact]
    public void A_butterfly_exchanges_lanes()
    {
        uint[] output = new TinyKernel("shfl.sync.bfly.b32 %r1|%p1, %r0, 5, 31, -1; st.global.u32 [%rd1], %r1; ret;").Run();

        Assert.Equal(Enumerable.Range(0, 32).Select(lane => (uint)(lane ^ 5)), output[..32]);
    }

    [Theory]
    [InlineData(31, 0, 3)]
    [InlineData(0x181F, 24, 3)]
    [InlineData(0x181F, 24, 21)]
    public void An_index_names_a_lane_of_the_segment(int segments, int segment, int named)
    {
        uint[] output = new TinyKernel($"shfl.sync.idx.b32 %r1|%p1, %r0, {named}, {segments}, -1; st.global.u32 [%rd1], %r1; ret;").Run();

        Assert.Equal(Enumerable.Range(0, 32).Select(lane => (uint)((lane & segment) | (named & 31 & ~segment))), output[..32]);
    }

    [Fact]
    public void Shared_memory_is_seen_by_other_warps_behind_a_barrier()
    {
        uint[] output = new TinyKernel("""
            mov.u32 %r2, shared_words;
            shl.b32 %r3, %r0, 2;
            add.s32 %r4, %r2, %r3;
            st.shared.u32 [%r4], %r0;
            bar.sync 0;
            xor.b32 %r5, %r3, 252;
            add.s32 %r6, %r2, %r5;
            ld.shared.u32 %r1, [%r6];
            st.global.u32 [%rd1], %r1;
            ret;
            """).Run(threads: 64);

        Assert.Equal(Enumerable.Range(0, 64).Select(thread => (uint)(63 - thread)), output[..64]);
    }

    [Fact]
    public void Copies_arrive_when_their_group_is_waited_for_and_zeros_behind_the_valid_bytes()
    {
        uint[] output = new TinyKernel("""
            mov.u32 %r2, shared_words;
            shl.b32 %r3, %r0, 4;
            add.s32 %r4, %r2, %r3;
            cvt.u64.u32 %rd8, %r3;
            add.s64 %rd9, %rd4, %rd8;
            mov.u32 %r5, 12;
            cp.async.cg.shared.global.L2::128B [%r4], [%rd9], 16, %r5;
            cp.async.commit_group;
            cp.async.wait_group 0;
            ld.shared.v4.u32 {%r6, %r7, %r8, %r9}, [%r4];
            add.s64 %rd10, %rd3, %rd8;
            st.global.v4.u32 [%rd10], {%r6, %r7, %r8, %r9};
            ret;
            """).Run(input: [.. Enumerable.Range(1, 128).Select(i => (uint)i)]);

        Assert.Equal(Enumerable.Range(1, 128).Select(i => i % 4 == 0 ? 0 : (uint)i), output[..128]);
    }

    [Theory]
    [InlineData("", 0, 1)]
    [InlineData(".trans", 0, 8)]
    public void Matrices_are_loaded_by_rows_or_by_columns(string transposed, int first, int second)
    {
        // Matrix m has the element 64 m + 8 row + column at row and column.
        uint[] output = new TinyKernel($$"""
            mov.u32 %r2, shared_words;
            shl.b32 %r3, %r0, 4;
            add.s32 %r4, %r2, %r3;
            cvt.u64.u32 %rd8, %r3;
            add.s64 %rd9, %rd4, %rd8;
            ld.global.v4.u32 {%r5, %r6, %r7, %r8}, [%rd9];
            st.shared.v4.u32 [%r4], {%r5, %r6, %r7, %r8};
            bar.warp.sync -1;
            ldmatrix.sync.aligned.m8n8.x4{{transposed}}.shared.b16 {%r5, %r6, %r7, %r8}, [%r4];
            add.s64 %rd10, %rd3, %rd8;
            st.global.v4.u32 [%rd10], {%r5, %r6, %r7, %r8};
            ret;
            """).Run(input: [.. Enumerable.Range(0, 128).Select(i => (uint)((2 * i) | (((2 * i) + 1) << 16)))]);

        for (int lane = 0; lane < 32; lane++)
        {
            for (int matrix = 0; matrix < 4; matrix++)
            {
                int at = (64 * matrix) + (transposed.Length == 0 ? (8 * (lane / 4)) + (2 * (lane % 4)) : (16 * (lane % 4)) + (lane / 4));
                Assert.Equal((uint)((at + first) | ((at + second) << 16)), output[(4 * lane) + matrix]);
            }
        }
    }

    [Fact]
    public void Bytes_and_halves_of_words_are_read_without_a_sign_and_written_alone()
    {
        uint[] output = new TinyKernel("""
            ld.global.u8 %r1, [%rd2+1]; ld.global.u8 %rs1, [%rd2+3]; ld.global.u16 %rd8, [%rd2+2];
            mov.b64 {%r2, %r3}, %rd8; cvt.s32.u16 %r4, %rs1; add.s32 %r1, %r1, %r4; add.s32 %r1, %r1, %r2; add.s32 %r1, %r1, %r3;
            st.global.u8 [%rd1+2], %r1; ret;
            """).Run(input: [.. Enumerable.Repeat(0xFF00_8000u, 32)]);

        // 0x80 + 0xFF + 0xFF00 + 0: its lowest byte.
        Assert.Equal(0xFF7F_FFFFu, output[0]);
    }

    private static void AssertResult(string body, uint expected)
    {
        uint[] output = new TinyKernel(body + " st.global.u32 [%rd1], %r1; ret;").Run();

        Assert.All(output[..32], word => Assert.Equal(expected.ToString("x8", null), word.ToString("x8", null)));
    }
}
