namespace UniMed.PtxMachine.Execution;

/// <summary>What is put into a place beside the registers before a kernel runs.</summary>
internal enum SlotKind
{
    Constant,
    Parameter,
    ThreadX,
    ThreadsX,
    BlockX,
    BlockY,
    BlockZ,
    BlocksX,
    BlocksY,
    BlocksZ,
    DynamicSharedBytes,
    Lane,
}
