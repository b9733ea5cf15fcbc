namespace UniMed.Native.Cuda;

/// <summary>The linear kernels by what a block takes: so many tokens of one tile, or 64 tokens of so many weight rows.</summary>
internal enum LinearWidth
{
    Tokens8,
    Tokens16,
    Tokens32,
    Rows64,
    Rows128,
}
