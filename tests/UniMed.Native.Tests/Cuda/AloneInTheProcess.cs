using Xunit;

namespace UniMed.Native.Tests.Cuda;

/// <summary>Tests that count what the whole process does: they run when no other test does.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;
