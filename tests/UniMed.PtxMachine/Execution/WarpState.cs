namespace UniMed.PtxMachine.Execution;

/// <summary>Why a warp stopped.</summary>
internal enum WarpState
{
    Running,
    AtBarrier,
    Ended,
}
