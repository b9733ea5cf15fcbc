using UniMed.Native.Tests.Expected;

namespace UniMed.Native.Tests.Devices;

/// <summary>A router with random layers, its task tokens and the tokens to route.</summary>
public sealed record RouterCase(RouterShape Shape, RouterWeights Weights, StoredMatrix[] Layers, float[,] TaskTokens, float[,] Tokens)
{
    public static RouterCase Create(Device device, Random random, RouterShape shape, ElementType type, Func<RouterWeights, RouterWeights> own)
    {
        StoredMatrix[] layers =
        [
            new StoredMatrix(random, shape.Hidden, shape.TaskColumns + shape.TokenColumns, type, strided: true),
            new StoredMatrix(random, 1, shape.Hidden, StoredMatrix.BiasType(type)),
            new StoredMatrix(random, shape.Experts, shape.Hidden, type),
            new StoredMatrix(random, 1, shape.Experts, StoredMatrix.BiasType(type)),
        ];
        return new RouterCase(
            shape,
            own(device.LoadRouter(layers[0].Tensor, layers[1].Tensor, layers[2].Tensor, layers[3].Tensor, shape.TaskColumns)),
            layers,
            RandomValues.Matrix(random, shape.TaskTokens, shape.TaskColumns, 3),
            RandomValues.Matrix(random, shape.Rows, shape.TokenColumns, 3));
    }

    /// <param name="operands">What each layer sees of its input.</param>
    public Bounded[,] ExpectedLogits(Func<Bounded[,], Bounded[,]> operands) =>
        ExpectedConnector.Logits(Layers[0].Values, Layers[1].Vector, Layers[2].Values, Layers[3].Vector, TaskTokens, Tokens, Shape.TokensPerImage, operands);
}
