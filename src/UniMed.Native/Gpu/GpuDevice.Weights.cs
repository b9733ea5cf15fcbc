namespace UniMed.Native.Gpu;

/// <content>Weights on a card.</content>
internal abstract partial class GpuDevice<TMatrix, TMemory>
{
    /// <summary>A linear layer.</summary>
    internal sealed class PackedLinear(Device device, HostTensor weight, TMatrix matrix, TMemory? bias) : LinearWeights(device, weight.Columns, weight.Rows)
    {
        public TMatrix Matrix => matrix;

        public TMemory? Bias => bias;

        public override long ByteLength => matrix.Bytes;

        protected override void DisposeCore() => DisposeAll(matrix, bias);
    }

    /// <summary>A norm's scale and shift.</summary>
    internal sealed class PackedNorm(Device device, int columns, TMemory weight, TMemory? bias) : NormWeights(device, columns, bias is not null)
    {
        public TMemory Weight => weight;

        public TMemory? Bias => bias;

        public override long ByteLength => weight.Bytes + (bias?.Bytes ?? 0);

        protected override void DisposeCore() => DisposeAll(weight, bias);
    }

    /// <summary>gate_proj and up_proj as one matrix.</summary>
    internal sealed class PackedGated(Device device, HostTensor gate, TMatrix matrix) : GatedWeights(device, gate.Columns, gate.Rows)
    {
        public TMatrix Matrix => matrix;

        public override long ByteLength => matrix.Bytes;

        protected override void DisposeCore() => DisposeAll(matrix);
    }

    /// <summary>q_proj, k_proj and v_proj stacked into one matrix, and the rotary table.</summary>
    internal sealed class PackedQkv(Device device, int inFeatures, int heads, int kvHeads, RotaryTable rotary, TMatrix matrix, TMemory cos, TMemory sin)
        : QkvWeights(device, inFeatures, heads, kvHeads, rotary.HeadDim, rotary.Positions)
    {
        public TMatrix Matrix => matrix;

        /// <summary>[positions, head_dim / 2].</summary>
        public TMemory Cos => cos;

        /// <summary>[positions, head_dim / 2].</summary>
        public TMemory Sin => sin;

        public override long ByteLength => matrix.Bytes;

        protected override void DisposeCore() => DisposeAll(matrix, cos, sin);
    }

    /// <summary>Patch convolution, class token and positions.</summary>
    internal sealed class PackedPatchEmbedding(
        Device device, int channels, int patchSize, int grid, TMatrix matrix, TMemory bias, TMemory classToken, TMemory positions)
        : PatchEmbeddingWeights(device, channels, patchSize, grid)
    {
        public TMatrix Matrix => matrix;

        public TMemory Bias => bias;

        public TMemory ClassToken => classToken;

        public TMemory Positions => positions;

        public override long ByteLength => matrix.Bytes + bias.Bytes + classToken.Bytes + positions.Bytes;

        protected override void DisposeCore() => DisposeAll(matrix, bias, classToken, positions);
    }

    /// <summary>The router: fc1 split at the task columns.</summary>
    internal sealed class PackedRouter(
        Device device, HostTensor taskPart, HostTensor tokenPart, HostTensor output, TMatrix task, TMatrix token, TMemory fc1Bias, TMatrix fc2, TMemory fc2Bias)
        : RouterWeights(device, taskPart.Columns, tokenPart.Columns, output.Columns, output.Rows)
    {
        public TMatrix Task => task;

        public TMatrix Token => token;

        public TMemory Fc1Bias => fc1Bias;

        public TMatrix Fc2 => fc2;

        public TMemory Fc2Bias => fc2Bias;

        public override long ByteLength => token.Bytes + fc2.Bytes;

        protected override void DisposeCore() => DisposeAll(task, token, fc1Bias, fc2, fc2Bias);
    }

    /// <summary>The experts, the matrices of a layer one after the other; no second layer for moe_linear.</summary>
    internal sealed class PackedExperts(
        Device device,
        IReadOnlyList<(HostTensor Weight, HostTensor Bias)> firstLayers,
        IReadOnlyList<(HostTensor Weight, HostTensor Bias)> secondLayers,
        TMatrix first,
        TMemory firstBias,
        TMatrix? second,
        TMemory? secondBias)
        : ExpertWeights(
            device, firstLayers.Count, firstLayers[0].Weight.Columns, firstLayers[0].Weight.Rows, (secondLayers.Count > 0 ? secondLayers : firstLayers)[0].Weight.Rows)
    {
        public TMatrix First => first;

        public TMemory FirstBias => firstBias;

        public TMatrix? Second => second;

        public TMemory? SecondBias => secondBias;

        public override long ByteLength => first.Bytes + (second?.Bytes ?? 0);

        protected override void DisposeCore() => DisposeAll(first, firstBias, second, secondBias);
    }

    private static void DisposeAll(params ReadOnlySpan<IGpuMemory?> memory)
    {
        foreach (IGpuMemory? each in memory)
            each?.Dispose();
    }
}
