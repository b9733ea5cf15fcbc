namespace UniMed.WeightsConverter;

/// <summary>Type of the converted floating-point tensors.</summary>
public enum WeightDtype
{
    /// <summary>Every tensor as in its source; merged ones fp32.</summary>
    Keep,

    /// <summary>fp32.</summary>
    F32,

    /// <summary>IEEE 754 binary16. A finite weight beyond 65504 is an error.</summary>
    F16,

    /// <summary>bfloat16.</summary>
    BF16,
}
