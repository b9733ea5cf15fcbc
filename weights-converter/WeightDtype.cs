using System.Diagnostics.CodeAnalysis;

namespace UniMed.WeightsConverter;

/// <summary>Type of the converted floating-point tensors.</summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "The option is called int8.")]
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

    /// <summary>
    /// Matrices of layers in 8-bit blocks of 32 with an F16 scale (8.5 bits a weight); embedding tables, position embeddings and the patch embedding F16; biases, norms, class
    /// token and task tokens fp32.
    /// </summary>
    Int8,

    /// <summary>As <see cref="Int8"/> with 4-bit blocks (4.5 bits a weight), except the parts of <see cref="ConversionRequest.KeepInt8"/>.</summary>
    Int4,
}
