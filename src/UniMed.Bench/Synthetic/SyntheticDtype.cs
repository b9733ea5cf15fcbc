using System.Diagnostics.CodeAnalysis;

namespace UniMed.Bench.Synthetic;

/// <summary>How the matrices of a synthetic model are stored, as unimed-convert's --dtype names it.</summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "The option is called int8.")]
public enum SyntheticDtype
{
    /// <summary>All tensors F32.</summary>
    F32,

    /// <summary>All tensors F16.</summary>
    F16,

    /// <summary>All tensors BF16.</summary>
    Bf16,

    /// <summary>Matrices of layers in int8 blocks, tables F16, vectors F32.</summary>
    Int8,

    /// <summary>As <see cref="Int8"/> in int4 blocks; lm_head stays in int8.</summary>
    Int4,
}
