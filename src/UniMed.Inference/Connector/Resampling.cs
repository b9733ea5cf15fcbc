using UniMed.Inference.Weights.Layout;

namespace UniMed.Inference.Connector;

/// <summary>How many visual tokens of which width an image becomes, and which task-token counts fit (docs/uni-med.md, section 2, resample_method).</summary>
internal readonly record struct Resampling(int Tokens, int Channels)
{
    /// <summary>Works the sizes out.</summary>
    /// <exception cref="UniMedException">The authors' code fails on this configuration too; the message says where.</exception>
    public static Resampling Of(VisionConfig vision, ConnectorConfig connector)
    {
        int patches = vision.Grid * vision.Grid;
        if (connector.ResampleMethod == ResampleMethod.Projection && patches % connector.ResampleRate != 0)
        {
            throw new UniMedException(
                UniMedFailure.ModelFiles,
                $"config.json: {patches} patches ({vision.Grid} x {vision.Grid}) cannot be joined {connector.ResampleRate} by {connector.ResampleRate} (connector.resample_rate). Choose an image_size whose patch count is a multiple of it.");
        }

        var result = new Resampling(ConnectorLayout.TokensOf(vision, connector), (int)ConnectorLayout.ChannelsOf(vision, connector));
        if (connector.NumTaskTokens > 0 && connector.NumTaskTokens * (patches / connector.ResampleRate) != result.Tokens)
        {
            throw new UniMedException(
                UniMedFailure.ModelFiles,
                $"config.json: {connector.NumTaskTokens} task tokens, each repeated {patches / connector.ResampleRate} times (patches / resample_rate), do not meet {result.Tokens} visual tokens one to one. The reference cannot run this configuration either.");
        }

        return result;
    }
}
