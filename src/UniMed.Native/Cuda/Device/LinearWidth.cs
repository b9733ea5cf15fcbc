namespace UniMed.Native.Cuda;

/// <summary>The linear kernels by what a block takes: so many tokens of one tile, or so many of 128 weight rows.</summary>
internal enum LinearWidth
{
    Tokens8,
    Tokens16,
    Tokens32,
    Wide64,
    Wide96,
    Wide128,
}
