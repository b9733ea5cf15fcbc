namespace UniMed.Native.Tests.Expected;

/// <summary>Router and projection experts, token by token.</summary>
public static class ExpectedConnector
{
    /// <summary>fc2 GELU(fc1 [task token ; visual token] + bias) + bias, the concatenation written out. Each layer's input is seen as the device's operands.</summary>
    public static Bounded[,] Logits(float[,] fc1, float[] fc1Bias, float[,] fc2, float[] fc2Bias, float[,] taskTokens, float[,] tokens, int tokensPerImage, Func<Bounded[,], Bounded[,]> operands)
    {
        int rows = tokens.GetLength(0);
        int taskColumns = taskTokens.GetLength(1);
        int tokenColumns = fc1.GetLength(1) - taskColumns;
        var joined = new float[rows, fc1.GetLength(1)];
        for (int row = 0; row < rows; row++)
        {
            for (int c = 0; c < taskColumns; c++)
                joined[row, c] = taskTokens[row % tokensPerImage % taskTokens.GetLength(0), c];
            for (int c = 0; c < tokenColumns; c++)
                joined[row, taskColumns + c] = tokens[row, c];
        }

        Bounded[,] hidden = ExpectedLinear.Linear(fc1, fc1Bias, operands(ExpectedLinear.Exact(joined)), Activation.Gelu, null);
        return AddBias(ExpectedLinear.Product(fc2, operands(hidden)), fc2Bias);
    }

    /// <summary>sigmoid / sum of sigmoids.</summary>
    public static Bounded[,] Soft(Bounded[,] logits) =>
        EachRow(logits, row =>
        {
            Bounded[] sigmoids = [.. row.Select(logit => 1.0 / (1.0 + Bounded.Exp(0.0 - logit)))];
            return [.. sigmoids.Select(sigmoid => sigmoid / Bounded.Sum(sigmoids))];
        });

    /// <summary>Softmax over the logits of the experts that were kept for a row; 0 elsewhere.</summary>
    public static Bounded[] Sparse(Bounded[] logits, int[] kept)
    {
        Bounded[] probabilities = ExpectedAttention.Softmax([.. kept.Select(e => logits[e])]);
        var weights = new Bounded[logits.Length];
        for (int k = 0; k < kept.Length; k++)
            weights[kept[k]] = probabilities[k];
        return weights;
    }

    /// <summary>sum over the experts of weight * expert(token); second is empty for one-layer experts.</summary>
    public static Bounded[,] Experts((float[,] Weight, float[] Bias)[] first, (float[,] Weight, float[] Bias)[] second, float[,] tokens, float[,] routingWeights, Func<Bounded[,], Bounded[,]> operands)
    {
        var output = new Bounded[tokens.GetLength(0), (second.Length > 0 ? second : first)[0].Bias.Length];
        for (int e = 0; e < first.Length; e++)
        {
            Activation between = second.Length > 0 ? Activation.Gelu : Activation.None;
            Bounded[,] projected = ExpectedLinear.Linear(first[e].Weight, first[e].Bias, operands(ExpectedLinear.Exact(tokens)), between, null);
            if (second.Length > 0)
                projected = AddBias(ExpectedLinear.Product(second[e].Weight, operands(projected)), second[e].Bias);
            for (int row = 0; row < output.GetLength(0); row++)
            {
                for (int column = 0; column < output.GetLength(1); column++)
                    output[row, column] += projected[row, column] * routingWeights[row, e];
            }
        }

        return output;
    }

    private static Bounded[,] AddBias(Bounded[,] product, float[] bias)
    {
        for (int row = 0; row < product.GetLength(0); row++)
        {
            for (int column = 0; column < product.GetLength(1); column++)
                product[row, column] += bias[column];
        }

        return product;
    }

    private static Bounded[,] EachRow(Bounded[,] matrix, Func<Bounded[], Bounded[]> function)
    {
        var output = new Bounded[matrix.GetLength(0), matrix.GetLength(1)];
        for (int row = 0; row < matrix.GetLength(0); row++)
        {
            int r = row;
            Bounded[] result = function([.. Enumerable.Range(0, matrix.GetLength(1)).Select(c => matrix[r, c])]);
            for (int c = 0; c < result.Length; c++)
                output[row, c] = result[c];
        }

        return output;
    }
}
