using UniMed.PtxMachine.Execution;
using UniMed.PtxMachine.Operations;

namespace UniMed.PtxMachine.Decoding;

/// <summary>
/// Every opcode that nvcc writes for the kernels of native/cuda, and ILGPU for its own, with all its modifiers. Beside them
/// those whose faults the machine is to name, loads with .nc and trap, and no other: a load by a generic address is refused.
/// </summary>
internal static unsafe class Opcodes
{
    private static readonly Dictionary<string, List<Form>> Forms = Build();

    /// <summary>The ways to write an opcode; empty for one that the machine does not know.</summary>
    public static IReadOnlyList<Form> Find(string opcode) => Forms.TryGetValue(opcode, out List<Form>? forms) ? forms : [];

    private static Dictionary<string, List<Form>> Build()
    {
        var table = new Dictionary<string, List<Form>>();
        AddMoves(table);
        AddIntegers(table);
        AddFloats(table);
        AddComparisons(table);
        AddMemory(table);
        AddControl(table);
        AddOfIlgpu(table);
        return table;
    }

    private static void AddMoves(Dictionary<string, List<Form>> t)
    {
        foreach (string type in (string[])["b32", "u32", "f32"])
            Add(t, $"mov.{type}", new Form("w:w", &Integers.Copy32));
        foreach (string type in (string[])["b64", "u64", "f64"])
            Add(t, $"mov.{type}", new Form("q:q", &Integers.Copy64));
        Add(t, "mov.u16", new Form("h:h", &Integers.Copy32));
        Add(t, "mov.b64", new Form("q:2w", &Integers.Pack));
        Add(t, "mov.b64", new Form("2w:q", &Integers.Unpack));
        Add(t, "mov.pred", new Form("p:p", &Predicates.Copy));
        Add(t, "cvta.to.global.u64", new Form("q:q", &Integers.Copy64));
        foreach (string type in (string[])["b32", "u32", "f32"])
            Add(t, $"selp.{type}", new Form("w:wwp", &Predicates.Select32));
        Add(t, "selp.u16", new Form("h:hhp", &Predicates.Select32));
        foreach (string type in (string[])["b64", "f64"])
            Add(t, $"selp.{type}", new Form("q:qqp", &Predicates.Select64));
        Add(t, "cvt.s64.s32", new Form("q:w", &Integers.WidenSigned));
        Add(t, "cvt.u64.u32", new Form("q:w", &Integers.WidenUnsigned));
        Add(t, "cvt.u32.u64", new Form("w:q", &Integers.Narrow64));
        Add(t, "cvt.u16.u32", new Form("h:w", &Integers.Narrow32));
    }

    private static void AddIntegers(Dictionary<string, List<Form>> t)
    {
        Add(t, "add.s32", new Form("w:ww", &Integers.Binary32<Add>));
        Add(t, "sub.s32", new Form("w:ww", &Integers.Binary32<Subtract>));
        Add(t, "mul.lo.s32", new Form("w:ww", &Integers.Binary32<MultiplyLow>));
        Add(t, "and.b32", new Form("w:ww", &Integers.Binary32<And>));
        Add(t, "or.b32", new Form("w:ww", &Integers.Binary32<Or>));
        Add(t, "xor.b32", new Form("w:ww", &Integers.Binary32<Xor>));
        Add(t, "min.s32", new Form("w:ww", &Integers.Binary32<MinSigned>));
        Add(t, "max.s32", new Form("w:ww", &Integers.Binary32<MaxSigned>));
        Add(t, "min.u32", new Form("w:ww", &Integers.Binary32<Min>));
        Add(t, "max.u32", new Form("w:ww", &Integers.Binary32<Max>));
        Add(t, "and.b16", new Form("h:hh", &Integers.Binary32<And>));
        Add(t, "add.s64", new Form("q:qq", &Integers.Binary64<Add>));
        Add(t, "sub.s64", new Form("q:qq", &Integers.Binary64<Subtract>));
        Add(t, "mul.lo.s64", new Form("q:qq", &Integers.Binary64<MultiplyLow>));
        Add(t, "and.b64", new Form("q:qq", &Integers.Binary64<And>));
        Add(t, "or.b64", new Form("q:qq", &Integers.Binary64<Or>));
        Add(t, "xor.b64", new Form("q:qq", &Integers.Binary64<Xor>));
        Add(t, "min.u64", new Form("q:qq", &Integers.Binary64<Min>));
        Add(t, "not.b32", new Form("w:w", &Integers.Not32));
        Add(t, "not.b64", new Form("q:q", &Integers.Not64));
        Add(t, "neg.s32", new Form("w:w", &Integers.Negate32));
        Add(t, "mad.lo.s32", new Form("w:www", &Integers.MultiplyAdd32));
        Add(t, "mul.wide.s32", new Form("q:ww", &Integers.MultiplyWideSigned));
        // Numbers of 16 bits have zeros above them, and their product has 32.
        Add(t, "mul.wide.u16", new Form("w:hh", &Integers.Binary32<MultiplyLow>));
        Add(t, "mul.wide.u32", new Form("q:ww", &Integers.MultiplyWideUnsigned));
        Add(t, "div.s32", new Form("w:ww", &Integers.DivideSigned32));
        Add(t, "rem.s32", new Form("w:ww", &Integers.DivideSigned32, number: 1));
        Add(t, "div.u32", new Form("w:ww", &Integers.DivideUnsigned32));
        Add(t, "rem.u32", new Form("w:ww", &Integers.DivideUnsigned32, number: 1));
        Add(t, "rem.s64", new Form("q:qq", &Integers.RemainderSigned64));
        Add(t, "shl.b32", new Form("w:ww", &Shifts.Left32));
        Add(t, "shr.u32", new Form("w:ww", &Shifts.Right32));
        Add(t, "shr.s32", new Form("w:ww", &Shifts.RightSigned32));
        Add(t, "shl.b64", new Form("q:qw", &Shifts.Left64));
        Add(t, "shr.u64", new Form("q:qw", &Shifts.Right64));
        Add(t, "lop3.b32", new Form("w:wwwn", &Integers.Lop3));
        Add(t, "prmt.b32", new Form("w:www", &Integers.Permute));
        Add(t, "popc.b32", new Form("w:w", &Integers.PopulationCount));
        Add(t, "bfi.b32", new Form("w:wwww", &Integers.BitFieldInsert32));
        Add(t, "bfi.b64", new Form("q:qqww", &Integers.BitFieldInsert64));
    }

    private static void AddFloats(Dictionary<string, List<Form>> t)
    {
        Add(t, "add.rn.f32", new Form("w:ww", &Floats.Binary<Sum>));
        Add(t, "sub.rn.f32", new Form("w:ww", &Floats.Binary<Difference>));
        Add(t, "mul.rn.f32", new Form("w:ww", &Floats.Binary<Product>));
        Add(t, "div.rn.f32", new Form("w:ww", &Floats.Binary<Quotient>));
        Add(t, "max.f32", new Form("w:ww", &Floats.Binary<LargerNumber>));
        Add(t, "max.NaN.f32", new Form("w:ww", &Floats.Binary<LargerOrNaN>));
        Add(t, "rcp.rn.f32", new Form("w:w", &Floats.Reciprocal));
        Add(t, "sqrt.rn.f32", new Form("w:w", &Floats.SquareRoot));
        Add(t, "neg.f32", new Form("w:w", &Floats.Negate));
        Add(t, "abs.f32", new Form("w:w", &Floats.Absolute));
        Add(t, "fma.rn.f32", new Form("w:www", &Floats.MultiplyAdd));
        Add(t, "fma.rm.f32", new Form("w:www", &Floats.MultiplyAddDown));
        Add(t, "ex2.approx.ftz.f32", new Form("w:w", &Floats.Exponential2));
        Add(t, "cvt.sat.f32.f32", new Form("w:w", &Floats.Saturate));
        Add(t, "cvt.rzi.s32.f32", new Form("w:w", &Floats.ToSigned32));
        Add(t, "cvt.rzi.u32.f32", new Form("w:w", &Floats.ToUnsigned32));
        Add(t, "cvt.rn.f32.s32", new Form("w:w", &Floats.FromSigned32));
        Add(t, "cvt.f32.f16", new Form("w:h", &Floats.FromHalf));
        Add(t, "cvt.rn.f16x2.f32", new Form("w:ww", &Floats.ToHalfPair));
        Add(t, "cvt.rn.bf16x2.f32", new Form("w:ww", &Floats.ToBFloatPair));
        Add(t, "fma.rn.f16x2", new Form("w:www", &Floats.MultiplyAddHalfPair));
        Add(t, "add.rn.f64", new Form("q:qq", &Doubles.Binary<Sum>));
        Add(t, "sub.rn.f64", new Form("q:qq", &Doubles.Binary<Difference>));
        Add(t, "mul.rn.f64", new Form("q:qq", &Doubles.Binary<Product>));
        Add(t, "div.rn.f64", new Form("q:qq", &Doubles.Binary<Quotient>));
        Add(t, "fma.rn.f64", new Form("q:qqq", &Doubles.MultiplyAdd));
        Add(t, "neg.f64", new Form("q:q", &Doubles.Negate));
        Add(t, "rcp.approx.ftz.f64", new Form("q:q", &Doubles.ReciprocalApproximation));
        Add(t, "cvt.f64.f32", new Form("q:w", &Doubles.FromSingle));
        Add(t, "cvt.rn.f32.f64", new Form("w:q", &Doubles.ToSingle));
        Add(t, "cvt.rn.f64.u64", new Form("q:q", &Doubles.FromUnsigned64));
        Add(t, "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32", new Form("4w:4w2w4w", &Matrices.MultiplyAdd16));
        Add(t, "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32", new Form("4w:4w2w4w", &Matrices.MultiplyAddB16));
    }

    private static void AddComparisons(Dictionary<string, List<Form>> t)
    {
        Add(t, "and.pred", new Form("p:pp", &Predicates.And));
        Add(t, "or.pred", new Form("p:pp", &Predicates.Or));
        Add(t, "xor.pred", new Form("p:pp", &Predicates.Xor));
        Add(t, "not.pred", new Form("p:p", &Predicates.Not));
        Add(t, "setp.eq.b32", new Form("p:ww", &Predicates.Compare32<uint, Equal>));
        Add(t, "setp.eq.s32", new Form("p:ww", &Predicates.Compare32<int, Equal>));
        Add(t, "setp.ne.s32", new Form("p:ww", &Predicates.Compare32<int, NotEqual>));
        Add(t, "setp.lt.s32", new Form("p:ww", &Predicates.Compare32<int, Less>));
        Add(t, "setp.le.s32", new Form("p:ww", &Predicates.Compare32<int, LessOrEqual>));
        Add(t, "setp.gt.s32", new Form("p:ww", &Predicates.Compare32<int, Greater>));
        Add(t, "setp.ge.s32", new Form("p:ww", &Predicates.Compare32<int, GreaterOrEqual>));
        Add(t, "setp.lt.u32", new Form("p:ww", &Predicates.Compare32<uint, Less>));
        Add(t, "setp.le.u32", new Form("p:ww", &Predicates.Compare32<uint, LessOrEqual>));
        Add(t, "setp.gt.u32", new Form("p:ww", &Predicates.Compare32<uint, Greater>));
        Add(t, "setp.ge.u32", new Form("p:ww", &Predicates.Compare32<uint, GreaterOrEqual>));
        Add(t, "setp.lt.u64", new Form("p:qq", &Predicates.Compare64<ulong, Less>));
        Add(t, "setp.le.u64", new Form("p:qq", &Predicates.Compare64<ulong, LessOrEqual>));
        Add(t, "setp.gt.u64", new Form("p:qq", &Predicates.Compare64<ulong, Greater>));
        Add(t, "setp.ge.u64", new Form("p:qq", &Predicates.Compare64<ulong, GreaterOrEqual>));
        // Numbers of 16 bits have zeros above them, so they are equal where their 32 bits are.
        Add(t, "setp.eq.s16", new Form("p:hh", &Predicates.Compare32<uint, Equal>));
        Add(t, "setp.ne.s16", new Form("p:hh", &Predicates.Compare32<uint, NotEqual>));
        Add(t, "setp.eq.s64", new Form("p:qq", &Predicates.Compare64<long, Equal>));
        Add(t, "setp.ne.s64", new Form("p:qq", &Predicates.Compare64<long, NotEqual>));
        Add(t, "setp.gt.s64", new Form("p:qq", &Predicates.Compare64<long, Greater>));
        Add(t, "setp.ge.s64", new Form("p:qq", &Predicates.Compare64<long, GreaterOrEqual>));
        Add(t, "setp.eq.f32", new Form("p:ww", &Predicates.Compare32<float, Equal>));
        Add(t, "setp.lt.f32", new Form("p:ww", &Predicates.Compare32<float, Less>));
        Add(t, "setp.le.f32", new Form("p:ww", &Predicates.Compare32<float, LessOrEqual>));
        Add(t, "setp.gt.f32", new Form("p:ww", &Predicates.Compare32<float, Greater>));
        Add(t, "setp.ge.f32", new Form("p:ww", &Predicates.Compare32<float, GreaterOrEqual>));
        Add(t, "setp.neu.f32", new Form("p:ww", &Predicates.Compare32<float, NotEqual>));
        Add(t, "setp.ltu.f32", new Form("p:ww", &Predicates.Compare32<float, LessOrUnordered>));
        Add(t, "setp.geu.f32", new Form("p:ww", &Predicates.Compare32<float, GreaterOrEqualOrUnordered>));
        Add(t, "setp.nan.f32", new Form("p:ww", &Predicates.Compare32<float, Unordered>));
        Add(t, "setp.eq.f64", new Form("p:qq", &Predicates.Compare64<double, Equal>));
        Add(t, "setp.lt.f64", new Form("p:qq", &Predicates.Compare64<double, Less>));
        Add(t, "setp.le.f64", new Form("p:qq", &Predicates.Compare64<double, LessOrEqual>));
        Add(t, "setp.gt.f64", new Form("p:qq", &Predicates.Compare64<double, Greater>));
        Add(t, "setp.gtu.f64", new Form("p:qq", &Predicates.Compare64<double, GreaterOrUnordered>));
        Add(t, "setp.neu.f64", new Form("p:qq", &Predicates.Compare64<double, NotEqual>));
    }

    private static void AddMemory(Dictionary<string, List<Form>> t)
    {
        foreach (string type in (string[])["u32", "f32"])
            Add(t, $"ld.param.{type}", new Form("w:m", &Integers.Copy32, 4));
        Add(t, "ld.param.u64", new Form("q:m", &Integers.Copy64, 8));

        // Hints to the caches change nothing that is read.
        foreach (string hints in (string[])["", ".L1::no_allocate.L2::128B", ".L2::128B"])
        {
            Add(t, $"ld.global{hints}.u8", new Form("h:g", &Accesses.LoadGlobal, 1, 1));
            Add(t, $"ld.global{hints}.u8", new Form("w:g", &Accesses.LoadGlobal, 1, 1));
            Add(t, $"ld.global{hints}.u16", new Form("h:g", &Accesses.LoadGlobal, 2, 1));
            Add(t, $"ld.global{hints}.u16", new Form("w:g", &Accesses.LoadGlobal, 2, 1));
            Add(t, $"ld.global{hints}.u16", new Form("q:g", &Accesses.LoadGlobal, 2, 1, isWidening: true));
            foreach (string type in (string[])["u64", "f64"])
                Add(t, $"ld.global{hints}.{type}", new Form("q:g", &Accesses.LoadGlobal, 8, 1));
            Add(t, $"ld.global{hints}.s32", new Form("q:g", &Accesses.LoadGlobal, 4, 1, isWidening: true));
            foreach (string type in (string[])["u32", "f32"])
                AddVectors(t, $"ld.global{hints}", type, "{0}w:g", &Accesses.LoadGlobal);
            Add(t, $"ld.global{hints}.u32", new Form("q:g", &Accesses.LoadGlobalUnsigned, 4, 1, isWidening: true));
        }

        AddVectors(t, "ld.global.nc.L1::no_allocate.L2::128B", "u32", "{0}w:g", &Accesses.LoadGlobalConstant);
        Add(t, "st.global.u8", new Form(":gh", &Accesses.StoreGlobal, 1, 1));
        Add(t, "st.global.u8", new Form(":gw", &Accesses.StoreGlobal, 1, 1));
        Add(t, "st.global.u16", new Form(":gh", &Accesses.StoreGlobal, 2, 1));
        Add(t, "st.global.u16", new Form(":gw", &Accesses.StoreGlobal, 2, 1));
        Add(t, "st.global.u64", new Form(":gq", &Accesses.StoreGlobal, 8, 1));
        Add(t, "st.global.f64", new Form(":gq", &Accesses.StoreGlobal, 8, 1));
        foreach (string type in (string[])["u32", "f32"])
        {
            AddVectors(t, "st.global", type, ":g{0}w", &Accesses.StoreGlobal);
            AddVectors(t, "ld.shared", type, "{0}w:s", &Accesses.LoadShared);
            AddVectors(t, "st.shared", type, ":s{0}w", &Accesses.StoreShared);
        }

        Add(t, "ld.shared.s32", new Form("q:s", &Accesses.LoadShared, 4, 1, isWidening: true));
        Add(t, "ld.shared.u64", new Form("q:s", &Accesses.LoadShared, 8, 1));
        Add(t, "ld.shared.v2.u64", new Form("2q:s", &Accesses.LoadShared, 8, 2));
        Add(t, "ld.shared.f64", new Form("q:s", &Accesses.LoadShared, 8, 1));
        Add(t, "ld.shared.v2.f64", new Form("2q:s", &Accesses.LoadShared, 8, 2));
        Add(t, "st.shared.u16", new Form(":sh", &Accesses.StoreShared, 2, 1));
        Add(t, "st.shared.u16", new Form(":sw", &Accesses.StoreShared, 2, 1));
        Add(t, "st.shared.u64", new Form(":sq", &Accesses.StoreShared, 8, 1));
        Add(t, "st.shared.f64", new Form(":sq", &Accesses.StoreShared, 8, 1));
        Add(t, "prefetch.global.L2", new Form(":g", &Accesses.Prefetch, 1, 1));
        Add(t, "cp.async.cg.shared.global.L2::128B", new Form(":sgnw", &Accesses.CopyAsync));
        Add(t, "cp.async.commit_group", new Form(":", &Accesses.CommitCopies));
        Add(t, "cp.async.wait_group", new Form(":n", &Accesses.WaitForCopies));
        foreach (int matrices in (int[])[1, 2, 4])
        {
            string shape = $"{matrices}w:s";
            Add(t, $"ldmatrix.sync.aligned.m8n8.x{matrices}.shared.b16", new Form(shape, &Matrices.Load, 2, matrices));
            Add(t, $"ldmatrix.sync.aligned.m8n8.x{matrices}.trans.shared.b16", new Form(shape, &Matrices.Load, 2, matrices, number: 1));
        }
    }

    private static void AddControl(Dictionary<string, List<Form>> t)
    {
        Add(t, "bra", new Form(":l", &Control.Branch));
        Add(t, "bra.uni", new Form(":l", &Control.Branch));
        Add(t, "ret", new Form(":", &Control.Return));
        Add(t, "trap", new Form(":", &Control.Trap));
        Add(t, "bar.sync", new Form(":n", &Control.Barrier));
        Add(t, "bar.warp.sync", new Form(":w", &Control.WarpBarrier));
        Add(t, "griddepcontrol.wait", new Form(":", &Control.WaitForGrids));
        Add(t, "griddepcontrol.launch_dependents", new Form(":", &Control.Nothing));
        Add(t, "shfl.sync.bfly.b32", new Form("w|p:wwww", &Control.ShuffleButterfly));
        Add(t, "shfl.sync.idx.b32", new Form("w|p:wwww", &Control.ShuffleIndex));
        Add(t, "vote.sync.ballot.b32", new Form("w:pw", &Control.Ballot));
    }

    /// <summary>What ILGPU spells otherwise than nvcc, and what nvcc has no use for. Shared memory has addresses of 64 bits there. Sums and products without a rounding are to nearest; ptxas may fuse them.</summary>
    private static void AddOfIlgpu(Dictionary<string, List<Form>> t)
    {
        Add(t, "cvt.s32.s64", new Form("w:q", &Integers.Narrow64));
        Add(t, "cvt.u64.s32", new Form("q:w", &Integers.WidenSigned));
        Add(t, "cvt.s32.u16", new Form("w:h", &Integers.Copy32));
        Add(t, "cvt.rzi.s64.f32", new Form("q:w", &Floats.ToSigned64));
        Add(t, "add.u64", new Form("q:qq", &Integers.Binary64<Add>));
        Add(t, "mad.lo.u64", new Form("q:qqq", &Integers.MultiplyAdd64));
        Add(t, "div.u64", new Form("q:qq", &Integers.DivideUnsigned64));
        Add(t, "add.f32", new Form("w:ww", &Floats.Binary<Sum>));
        Add(t, "sub.f32", new Form("w:ww", &Floats.Binary<Difference>));
        Add(t, "mul.f32", new Form("w:ww", &Floats.Binary<Product>));
        Add(t, "testp.notanumber.f32", new Form("p:w", &Floats.IsNaN));
        Add(t, "setp.eq.u32", new Form("p:ww", &Predicates.Compare32<uint, Equal>));
        Add(t, "setp.ne.u32", new Form("p:ww", &Predicates.Compare32<uint, NotEqual>));
        Add(t, "setp.lo.u32", new Form("p:ww", &Predicates.Compare32<uint, Less>));
        Add(t, "setp.ls.u32", new Form("p:ww", &Predicates.Compare32<uint, LessOrEqual>));
        Add(t, "setp.hi.u32", new Form("p:ww", &Predicates.Compare32<uint, Greater>));
        Add(t, "setp.hs.u32", new Form("p:ww", &Predicates.Compare32<uint, GreaterOrEqual>));
        Add(t, "setp.ls.u64", new Form("p:qq", &Predicates.Compare64<ulong, LessOrEqual>));
        Add(t, "setp.hi.u64", new Form("p:qq", &Predicates.Compare64<ulong, Greater>));
        Add(t, "setp.lt.s64", new Form("p:qq", &Predicates.Compare64<long, Less>));
        Add(t, "setp.leu.f32", new Form("p:ww", &Predicates.Compare32<float, LessOrEqualOrUnordered>));
        Add(t, "ld.param.b32", new Form("w:m", &Integers.Copy32, 4));
        Add(t, "ld.param.b64", new Form("q:m", &Integers.Copy64, 8));
        Add(t, "ld.global.b16", new Form("h:g", &Accesses.LoadGlobal, 2, 1));
        Add(t, "ld.global.b32", new Form("w:g", &Accesses.LoadGlobal, 4, 1));
        Add(t, "ld.global.b64", new Form("q:g", &Accesses.LoadGlobal, 8, 1));
        Add(t, "st.global.b32", new Form(":gw", &Accesses.StoreGlobal, 4, 1));
        Add(t, "st.global.b64", new Form(":gq", &Accesses.StoreGlobal, 8, 1));
        foreach (string type in (string[])["b32", "f32"])
        {
            Add(t, $"ld.shared.{type}", new Form("w:S", &Accesses.LoadSharedFar, 4, 1));
            Add(t, $"st.shared.{type}", new Form(":Sw", &Accesses.StoreSharedFar, 4, 1));
        }

        Add(t, "ld.shared.b64", new Form("q:S", &Accesses.LoadSharedFar, 8, 1));
        Add(t, "st.shared.b64", new Form(":Sq", &Accesses.StoreSharedFar, 8, 1));
    }

    private static void AddVectors(Dictionary<string, List<Form>> t, string before, string type, string shape, delegate*<Warp, Instruction, void> run)
    {
        foreach (int elements in (int[])[1, 2, 4])
        {
            string vector = elements == 1 ? "" : $".v{elements}";
            string count = elements == 1 ? "" : $"{elements}";
            Add(t, $"{before}{vector}.{type}", new Form(shape.Replace("{0}", count, StringComparison.Ordinal), run, 4, elements));
        }
    }

    private static void Add(Dictionary<string, List<Form>> table, string opcode, Form form)
    {
        if (!table.TryGetValue(opcode, out List<Form>? forms))
            table.Add(opcode, forms = []);
        forms.Add(form);
    }
}
