using System.Text.Json.Serialization;

namespace UniMed.Inference;

/// <summary>How the patches of an image become visual tokens (<c>resample_method</c>).</summary>
[JsonConverter(typeof(ConnectorOptionJsonConverter<ResampleMethod>))]
public enum ResampleMethod
{
    /// <summary><c>projection</c>: <see cref="ConnectorConfig.ResampleRate"/> consecutive patches are joined, channel after channel.</summary>
    Projection,

    /// <summary><c>avgpool</c>: the mean of 2 x 2 patches.</summary>
    AveragePool,

    /// <summary><c>maxpool</c>: the largest of 2 x 2 patches, channel by channel.</summary>
    MaxPool,
}
