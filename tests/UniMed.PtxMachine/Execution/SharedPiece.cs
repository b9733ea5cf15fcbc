namespace UniMed.PtxMachine.Execution;

/// <summary>A variable in shared memory.</summary>
/// <param name="Address">Where it begins.</param>
/// <param name="Bytes">Its size.</param>
internal readonly record struct SharedPiece(int Address, int Bytes);
