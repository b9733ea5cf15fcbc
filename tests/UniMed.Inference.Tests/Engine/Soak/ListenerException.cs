namespace UniMed.Inference.Tests.Engine.Soak;

/// <summary>What a careless listener throws while it is given tokens.</summary>
internal sealed class ListenerException : Exception;
