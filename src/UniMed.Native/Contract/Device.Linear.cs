namespace UniMed.Native;

/// <content>Norms and linear layers.</content>
public abstract partial class Device
{
    /// <summary>output = (input - mean) / sqrt(variance + eps) * weight + bias, per row, biased variance. Output may be the input.</summary>
    public void LayerNorm(NormWeights weights, Tensor input, float eps, Tensor output)
    {
        RequireNorm(weights, input, eps, output);
        if (!weights.HasBias)
            throw new ArgumentException("A layer norm needs a bias; these weights have none.", nameof(weights));
        if (output.Length == 0)
            return;
        LayerNormCore(weights, input, eps, output);
        KeepAlive(weights, input.Buffer, output.Buffer);
    }

    /// <summary>output = input / sqrt(mean(input^2) + eps) * weight, per row. Output may be the input.</summary>
    public void RmsNorm(NormWeights weights, Tensor input, float eps, Tensor output)
    {
        RequireNorm(weights, input, eps, output);
        if (output.Length == 0)
            return;
        RmsNormCore(weights, input, eps, output);
        KeepAlive(weights, input.Buffer, output.Buffer);
    }

    /// <summary>output = activation(input W^T + bias) + residual. The residual may be the output.</summary>
    public void Linear(LinearWeights weights, Tensor input, Activation activation, Tensor? residual, Tensor output)
    {
        ThrowIfDisposed();
        RequireUsable(weights, nameof(weights));
        RequireUsable(input, nameof(input));
        RequireUsable(output, nameof(output));
        Require.Defined(activation);
        Require.Shape(input, input.Rows, weights.InFeatures, nameof(input));
        Require.Shape(output, input.Rows, weights.OutFeatures, nameof(output));
        Require.Apart(output, input, nameof(output));
        if (residual is { } added)
        {
            RequireUsable(added, nameof(residual));
            Require.Shape(added, input.Rows, weights.OutFeatures, nameof(residual));
            Require.ApartOrSame(output, added, nameof(output));
        }

        if (output.Length == 0)
            return;
        LinearCore(weights, input, activation, residual, output);
        KeepAlive(weights, input.Buffer, residual?.Buffer, output.Buffer);
    }

    /// <summary>output = silu(input gate^T) * (input up^T).</summary>
    public void SwiGlu(GatedWeights weights, Tensor input, Tensor output)
    {
        ThrowIfDisposed();
        RequireUsable(weights, nameof(weights));
        RequireUsable(input, nameof(input));
        RequireUsable(output, nameof(output));
        Require.Shape(input, input.Rows, weights.InFeatures, nameof(input));
        Require.Shape(output, input.Rows, weights.OutFeatures, nameof(output));
        Require.Apart(output, input, nameof(output));
        if (output.Length == 0)
            return;
        SwiGluCore(weights, input, output);
        KeepAlive(weights, input.Buffer, output.Buffer);
    }

    /// <summary>output = (input - mean) / sqrt(variance + eps) * weight + bias; the weights have a bias.</summary>
    protected abstract void LayerNormCore(NormWeights weights, Tensor input, float eps, Tensor output);

    /// <summary>output = input / sqrt(mean(input^2) + eps) * weight.</summary>
    protected abstract void RmsNormCore(NormWeights weights, Tensor input, float eps, Tensor output);

    /// <summary>output = activation(input W^T + bias) + residual.</summary>
    protected abstract void LinearCore(LinearWeights weights, Tensor input, Activation activation, Tensor? residual, Tensor output);

    /// <summary>output = silu(input gate^T) * (input up^T).</summary>
    protected abstract void SwiGluCore(GatedWeights weights, Tensor input, Tensor output);

    private void RequireNorm(NormWeights weights, in Tensor input, float eps, in Tensor output)
    {
        ThrowIfDisposed();
        RequireUsable(weights, nameof(weights));
        RequireUsable(input, nameof(input));
        RequireUsable(output, nameof(output));
        Require.Epsilon(eps);
        Require.Shape(input, input.Rows, weights.Columns, nameof(input));
        Require.Shape(output, input.Rows, weights.Columns, nameof(output));
        Require.ApartOrSame(output, input, nameof(output));
    }
}
