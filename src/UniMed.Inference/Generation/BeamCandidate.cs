namespace UniMed.Inference.Generation;

/// <summary>A token that may continue a beam.</summary>
/// <param name="Beam">The beam it continues.</param>
/// <param name="Token">The token id.</param>
/// <param name="Score">Sum of the processed log-probabilities of the beam and the token.</param>
internal readonly record struct BeamCandidate(int Beam, int Token, float Score);
