namespace UniMed.Native.Cuda;

/// <summary>The linear kernels by what a block takes: so many tokens of one tile, 64 tokens of 64 quantized weight rows, or so many tokens of 128 weight rows.</summary>
internal enum LinearWidth
{
    Tokens8,
    Tokens16,
    Tokens32,
    Rows64,
    Wide64,
    Wide96,
    Wide128,
}
