using Xunit;

namespace UniMed.Packages.Tests;

/// <summary>The sample that is one file, run as its first lines say.</summary>
[Collection(SharedFeed.Name)]
public sealed class ScriptTests(PackageFeed feed)
{
    [Fact]
    public async Task A_script_asks_for_boxes_and_draws_them()
    {
        string output = Path.Combine(feed.Make("script"), "boxes.png");
        string said = await feed.RunAsync($"dotnet run -c Release samples/draw-boxes.cs -- '{Golden.NanoModel}' '{GoldenCases.Slice}' '{output}' '{GoldenCases.Phrase}' 'left thalamus'");
        Assert.Contains($"{GoldenCases.Phrase}: {GoldenCases.Place}", said, StringComparison.Ordinal);
        Assert.Contains("2 of 2 boxes drawn", said, StringComparison.Ordinal);
        byte[] drawn = await File.ReadAllBytesAsync(output, TestContext.Current.CancellationToken);
        Assert.Equal("PNG"u8, drawn.AsSpan(1, 3));
        Assert.True(drawn.Length > new FileInfo(GoldenCases.Slice).Length, "The picture was enlarged and drawn into, so its file is larger.");
    }
}
