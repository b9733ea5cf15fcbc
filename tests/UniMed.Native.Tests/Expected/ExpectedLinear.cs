namespace UniMed.Native.Tests.Expected;

/// <summary>Linear layers as they are defined: every output is one sum of products.</summary>
public static class ExpectedLinear
{
    public static Bounded[,] Linear(float[,] weight, float[]? bias, float[,] input, Activation activation, float[,]? residual) =>
        Linear(weight, bias, Exact(input), activation, residual);

    public static Bounded[,] Linear(float[,] weight, float[]? bias, Bounded[,] input, Activation activation, float[,]? residual)
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

    public static Bounded[,] SwiGlu(float[,] gate, float[,] up, Bounded[,] input)
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

    /// <summary>Numbers that carry no errors.</summary>
    public static Bounded[,] Exact(float[,] input)
    {
        var exact = new Bounded[input.GetLength(0), input.GetLength(1)];
        for (int row = 0; row < exact.GetLength(0); row++)
        {
            for (int column = 0; column < exact.GetLength(1); column++)
                exact[row, column] = (double)input[row, column];
        }

        return exact;
    }

    /// <summary>input W^T.</summary>
    public static Bounded[,] Product(float[,] weight, float[,] input) => Product(weight, Exact(input));

    /// <summary>input W^T for an input that carries errors itself.</summary>
    public static Bounded[,] Product(float[,] weight, Bounded[,] input)
    {
        var output = new Bounded[input.GetLength(0), weight.GetLength(0)];
        for (int row = 0; row < input.GetLength(0); row++)
        {
            for (int column = 0; column < weight.GetLength(0); column++)
                output[row, column] = Bounded.Sum(Enumerable.Range(0, weight.GetLength(1)).Select(k => input[row, k].Magnitude == 0 ? (Bounded)(input[row, k].Value * weight[column, k]) : input[row, k] * weight[column, k]));
        }

        return output;
    }
}
