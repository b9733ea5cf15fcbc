using System.Reflection;
using UniMed.Native.Cuda;
using UniMed.Native.Tests.Devices;
using UniMed.PtxMachine.Driver;
using UniMed.PtxMachine.Execution;
using Xunit;

namespace UniMed.Native.Tests.Ptx;

/// <summary>PTX leaves open how a tensor core adds. The bounds that the shared suite states for the kernels, and that a token has the same bits in any company, hold for each way that a card may have.</summary>
public sealed class TensorCoreTests
{
    private const string One = "3C00";

    private static readonly Dictionary<string, TensorCore> Known =
        new[] { TensorCore.OneByOne, TensorCore.Once, TensorCore.Ampere, TensorCore.Hopper }.ToDictionary(known => known.Name);

    /// <summary>Tests of the shared suite whose numbers come from tensor cores.</summary>
    private static readonly string[] OfProducts =
    [
        nameof(Suite.A_linear_layer_equals_the_exact_sum_of_products),
        nameof(Suite.A_linear_layer_for_many_rows_equals_the_exact_sum_of_products),
        nameof(Suite.A_row_among_many_does_not_depend_on_the_other_rows_of_a_long_linear_layer),
        nameof(Suite.A_row_of_a_linear_layer_does_not_depend_on_the_other_rows),
        nameof(Suite.Many_rows_of_quantized_weights_are_multiplied_as_few_are),
        nameof(Suite.SwiGlu_equals_the_exact_gated_product),
        nameof(Suite.Tokens_equal_the_exact_convolution),
        nameof(Suite.The_projection_equals_the_exact_weighted_sum_of_the_experts),
        nameof(Suite.A_projected_token_has_the_same_bits_alone_in_company_and_for_parallel_callers),
        nameof(Suite.Soft_weights_are_normalized_sigmoids_of_the_unfolded_logits),
        nameof(Suite.Attention_equals_the_exact_softmax_weighted_sum),
        nameof(Suite.Queries_and_attention_of_prompts_equal_the_exact_ones),
        nameof(Suite.Token_by_token_decoding_equals_the_whole_prompt),
        nameof(Suite.A_decode_step_gives_the_same_bits_alone_and_in_company),
    ];

    public static TheoryData<string> Others => [.. Known.Keys.Where(name => name != TensorCore.OneByOne.Name)];

    /// <summary>A product of 2^24, then 15 small ones: what is added to 2^24. The numbers were computed by hand.</summary>
    [Theory]
    [InlineData("one by one", One, 0)]
    [InlineData("one by one", "3E00", 30)]
    [InlineData("rounded once", One, 16)]
    [InlineData("rounded once", "3E00", 22)]
    [InlineData("rounded once", "3800", 8)]
    [InlineData("eight together, cut off", One, 14)]
    [InlineData("eight together, cut off", "3E00", 14)]
    [InlineData("eight together, cut off", "3800", 0)]
    [InlineData("sixteen together, cut off", One, 14)]
    [InlineData("sixteen together, cut off", "3E00", 22)]
    [InlineData("sixteen together, cut off", "3800", 6)]
    public void A_sum_is_what_the_tensor_core_makes_of_it(string tensorCore, string small, int added)
    {
        // Lanes of a group's first column of A hold 2^11, those of B 2^13; all else in A is the small number, and 1 in B.
        uint[] output = new TinyKernel($$"""
            and.b32 %r2, %r0, 3;
            setp.eq.s32 %p1, %r2, 0;
            selp.b32 %r3, 0x{{small}}6800, 0x{{small}}{{small}}, %p1;
            selp.b32 %r4, 0x3C007000, 0x3C003C00, %p1;
            mov.u32 %r5, 0x{{small}}{{small}};
            mov.u32 %r6, 0x3C003C00;
            mov.f32 %f1, 0f00000000;
            mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f1, %f2, %f3, %f4}, {%r3, %r3, %r5, %r5}, {%r4, %r6}, {%f1, %f1, %f1, %f1};
            mov.b32 %r1, %f4;
            st.global.u32 [%rd1], %r1;
            ret;
            """).Run(Known[tensorCore]);

        Assert.All(output[..32], word => Assert.Equal(16777216f + added, BitConverter.UInt32BitsToSingle(word)));
    }

    /// <summary>Each element of a product has its own row and column, and takes its own C: small whole numbers, whose sums are exact in any order.</summary>
    [Theory]
    [MemberData(nameof(Others))]
    public void Sums_that_are_exact_are_the_same_on_all(string tensorCore)
    {
        var kernel = new TinyKernel("""
            shl.b32 %r2, %r0, 16;
            add.s32 %r3, %r2, 0x42000000;
            mov.b32 %f5, %r3;
            add.s32 %r3, %r2, 0x43800000;
            mov.b32 %f6, %r3;
            add.s32 %r3, %r2, 0xC2000000;
            mov.b32 %f7, %r3;
            add.s32 %r3, %r2, 0xC3400000;
            mov.b32 %f8, %r3;
            shl.b32 %r4, %r0, 5;
            shl.b32 %r5, %r4, 16;
            add.s32 %r6, %r4, %r5;
            add.s32 %r10, %r6, 0x4C004400;
            add.s32 %r11, %r6, 0x4D004500;
            add.s32 %r12, %r6, 0x4E00C600;
            add.s32 %r13, %r6, 0xCE004700;
            add.s32 %r14, %r6, 0x48004000;
            add.s32 %r15, %r6, 0xC9004100;
            mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f1, %f2, %f3, %f4}, {%r10, %r11, %r12, %r13}, {%r14, %r15}, {%f5, %f6, %f7, %f8};
            shl.b32 %r16, %r0, 4;
            cvt.u64.u32 %rd8, %r16;
            add.s64 %rd9, %rd3, %rd8;
            st.global.v4.f32 [%rd9], {%f1, %f2, %f3, %f4};
            ret;
            """);

        Assert.Equal(kernel.Run(TensorCore.OneByOne)[..128], kernel.Run(Known[tensorCore])[..128]);
    }

    [Theory]
    [MemberData(nameof(Others))]
    public void The_bounds_and_promises_of_products_attention_and_experts_hold(string tensorCore)
    {
        using var fixture = new Fixture(Known[tensorCore]);
        _ = fixture.Device;
        int run = 0;
        foreach (MethodInfo test in typeof(Suite).GetMethods().Where(method => OfProducts.Contains(method.Name)))
        {
            // Weights of fp32 and fp64 are multiplied without tensor cores.
            foreach (object?[] arguments in ArgumentsOf(test).Where(arguments => !arguments.Any(argument => argument is ElementType.F32 or ElementType.F64)))
            {
                using var suite = new Suite(fixture);
                test.Invoke(suite, arguments);
                run++;
            }
        }

        Assert.True(run >= OfProducts.Length, $"{run} tests ran of {OfProducts.Length}: a name is not the suite's any more.");
    }

    private static IEnumerable<object?[]> ArgumentsOf(MethodInfo test)
    {
        if (test.GetParameters().Length == 0)
            return [[]];
        return test.GetCustomAttribute<MemberDataAttribute>() is { } member
            ? ((IEnumerable<ITheoryDataRow>)typeof(Suite).GetProperty(member.MemberName, BindingFlags.Static | BindingFlags.Public | BindingFlags.FlattenHierarchy)!.GetValue(null)!).Select(row => row.GetData())
            : test.GetCustomAttributes<InlineDataAttribute>().Select(row => row.Data);
    }

    private sealed class Suite(Fixture fixture) : DeviceSuite<Fixture>(fixture);

    private sealed class Fixture(TensorCore tensorCore) : IDeviceFixture
    {
        private readonly PtxImage _image = PtxFixture.Image();
        private Device? _device;

        public Device Device => _device ??= OpenAnother();

        public double Tolerance => 2 * Math.Pow(2, -8);

        public double DecodeTolerance => 0;

        public Device OpenAnother() => new CudaDevice(PtxDriver.Open(_image, Environment.ProcessorCount, tensorCore));

        public void Dispose() => _device?.Dispose();
    }
}
