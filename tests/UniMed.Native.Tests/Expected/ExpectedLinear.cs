namespace UniMed.Native.Tests.Expected;

/// <summary>Linear layers as they are defined: every output is one sum of products.</summary>
public static class ExpectedLinear
{
    public static Bounded[,] Linear(float[,] weight, float[]? bias, float[,] input, Activation activation, float[,]? residual)
    {
        Bounded[,] output = Product(weight, input);
        for (int row = 0; row < output.GetLength(0); row++)
        {
            for (int column = 0; column < output.GetLength(1); column++)
            {
                Bounded value = output[row, column];
                if (bias is not null)
                    value += bias[column];
                if (activation == Activation.Gelu)
                    value = Bounded.Gelu(value);
                if (residual is not null)
                    value += residual[row, column];
                output[row, column] = value;
            }
        }

        return output;
    }

    public static Bounded[,] SwiGlu(float[,] gate, float[,] up, float[,] input)
    {
        Bounded[,] gates = Product(gate, input);
        Bounded[,] ups = Product(up, input);
        for (int row = 0; row < gates.GetLength(0); row++)
        {
            for (int column = 0; column < gates.GetLength(1); column++)
            {
                Bounded x = gates[row, column];
                gates[row, column] = x / (1.0 + Bounded.Exp(0.0 - x)) * ups[row, column];
            }
        }

        return gates;
    }

    /// <summary>input W^T.</summary>
    public static Bounded[,] Product(float[,] weight, float[,] input)
    {
        var output = new Bounded[input.GetLength(0), weight.GetLength(0)];
        for (int row = 0; row < input.GetLength(0); row++)
        {
            for (int column = 0; column < weight.GetLength(0); column++)
                output[row, column] = Bounded.Sum(Enumerable.Range(0, weight.GetLength(1)).Select(k => (Bounded)((double)input[row, k] * weight[column, k])));
        }

        return output;
    }

    /// <summary>input W^T for an input that carries errors itself.</summary>
    public static Bounded[,] Product(float[,] weight, Bounded[,] input)
    {
        var output = new Bounded[input.GetLength(0), weight.GetLength(0)];
        for (int row = 0; row < input.GetLength(0); row++)
        {
            for (int column = 0; column < weight.GetLength(0); column++)
                output[row, column] = Bounded.Sum(Enumerable.Range(0, weight.GetLength(1)).Select(k => input[row, k] * weight[column, k]));
        }

        return output;
    }
}
