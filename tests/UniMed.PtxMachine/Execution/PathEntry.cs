namespace UniMed.PtxMachine.Execution;

/// <summary>Lanes of a warp that go one way together.</summary>
/// <param name="Next">Instruction they come to next.</param>
/// <param name="Until">Instruction at which they meet those that went another way.</param>
/// <param name="Lanes">Which.</param>
internal readonly record struct PathEntry(int Next, int Until, uint Lanes);
