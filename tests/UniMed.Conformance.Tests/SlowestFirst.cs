using UniMed.Conformance.Tests;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(SlowestFirst))]

namespace UniMed.Conformance.Tests;

/// <summary>Begins with the classes that take longest, so that none of them runs alone at the end.</summary>
public sealed class SlowestFirst : ITestCollectionOrderer
{
    private static readonly string[] Slow = [nameof(IlgpuTests), nameof(PtxTests), nameof(QuantizedWeightsTests), nameof(EvaluationTests), nameof(EmulatedCudaTests)];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(Place)];

    /// <summary>A class without a collection of its own is one named after it.</summary>
    private static int Place<TTestCollection>(TTestCollection collection)
        where TTestCollection : ITestCollection
    {
        int place = Array.FindIndex(Slow, name => collection.TestCollectionDisplayName.Contains($".{name} ", StringComparison.Ordinal));
        return place < 0 ? Slow.Length : place;
    }
}
