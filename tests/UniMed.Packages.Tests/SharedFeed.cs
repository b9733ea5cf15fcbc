using Xunit;

namespace UniMed.Packages.Tests;

/// <summary>One feed for all, and one build at a time.</summary>
[CollectionDefinition(Name)]
public sealed class SharedFeed : ICollectionFixture<PackageFeed>
{
    /// <summary>Its name.</summary>
    public const string Name = "packages";
}
