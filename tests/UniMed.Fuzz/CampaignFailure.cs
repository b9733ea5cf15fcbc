namespace UniMed.Fuzz;

/// <summary>An input that a target does not stand.</summary>
/// <param name="Input">The bytes.</param>
/// <param name="Reason">The exception, or the limit that was passed.</param>
/// <param name="Hangs">True when the run still goes on, on a thread that cannot be stopped.</param>
internal sealed record CampaignFailure(byte[] Input, string Reason, bool Hangs);
