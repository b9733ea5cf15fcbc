using Xunit;

namespace UniMed.Native.Tests.Devices;

/// <content>Rows taken from the embedding table, from visual tokens, and from activations: copies, exact to the bit.</content>
public abstract partial class DeviceSuite<TFixture>
{
    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.F64)]
    public void Ids_take_rows_of_the_table_and_negative_ids_rows_of_the_visual_tokens(ElementType type)
    {
        var random = new Random(81);
        var table = new StoredMatrix(random, 23, 37, type, strided: true);
        float[,] visual = RandomValues.Matrix(random, 5, 37);
        using EmbeddingWeights weights = Device.LoadEmbedding(table.Tensor);
        int[] ids = [22, 0, ~4, ~0, 7, 7, ~2, 1];
        DeviceMatrix output = Output(ids.Length, 37);

        Device.Embed(weights, ids, Input(visual), output.Tensor);

        Matrices.AssertSameBits(Matrices.Stack([.. ids.Select(id => id >= 0 ? table.Values.Rows(id) : visual.Rows(~id))]), output.Read());
    }

    [Fact]
    public void Text_needs_no_visual_tokens()
    {
        var table = new StoredMatrix(new Random(82), 4, 9, ElementType.F16);
        using EmbeddingWeights weights = Device.LoadEmbedding(table.Tensor);
        DeviceMatrix output = Output(2, 9);

        Device.Embed(weights, [3, 1], null, output.Tensor);
        Device.Embed(weights, [], null, Any(0, 9));

        Matrices.AssertSameBits(table.Values.Rows(3, 1), output.Read());
    }

    [Fact]
    public void Gathered_rows_are_the_rows_named()
    {
        float[,] input = RandomValues.Matrix(new Random(83), 9, 13).WithRow(4, float.NaN);
        DeviceMatrix output = Output(5, 13);

        Device.GatherRows(Input(input), [8, 0, 4, 8, 3], output.Tensor);
        Device.GatherRows(Input(input), [], Any(0, 13));

        Matrices.AssertSameBits(input.Rows(8, 0, 4, 8, 3), output.Read());
    }

    [Theory]
    [InlineData(4)]
    [InlineData(int.MaxValue)]
    [InlineData(~3)]
    [InlineData(int.MinValue)]
    public void Ids_out_of_range_are_refused(int id)
    {
        using EmbeddingWeights weights = Device.LoadEmbedding(new StoredMatrix(new Random(84), 4, 9, ElementType.F32).Tensor);

        Refused(() => Device.Embed(weights, [0, id], Any(3, 9), Any(2, 9)));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    [InlineData(int.MinValue)]
    public void Rows_out_of_range_are_refused(int row) => Refused(() => Device.GatherRows(Any(3, 9), [0, row], Any(2, 9)));

    [Fact]
    public void Shapes_that_do_not_fit_an_embedding_are_refused()
    {
        HostTensor table = new StoredMatrix(new Random(85), 4, 9, ElementType.F32).Tensor;
        using EmbeddingWeights weights = Device.LoadEmbedding(table);

        Refused(() => Device.Embed(weights, [0, ~0], null, Any(2, 9)));
        Refused(() => Device.Embed(weights, [0, 1], null, Any(3, 9)));
        Refused(() => Device.Embed(weights, [0, 1], null, Any(2, 8)));
        Refused(() => Device.Embed(weights, [0, ~0], Any(3, 8), Any(2, 9)));
        Refused(() => Device.GatherRows(Any(3, 9), [0], Any(2, 9)));
        Refused(() => Device.GatherRows(Any(3, 9), [0], Any(1, 8)));
        Refused(() => Device.LoadEmbedding(new HostTensor(table.Address, ElementType.I64, 4, 9, 9, table.Owner)));
        Refused(() => Device.LoadEmbedding(new StoredMatrix(new Random(85), 4, 9, ElementType.I8).Tensor));
    }
}
