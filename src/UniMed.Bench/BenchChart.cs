using System.Globalization;
using UniMed.Inference.Imaging;

namespace UniMed.Bench;

/// <summary>A measurement as a bar chart: panels below each other, a bar for each load with its spread.</summary>
/// <remarks>Letters are the library's own dots: a machine may have no fonts, and a chart looks the same everywhere.</remarks>
public static class BenchChart
{
    private const int Width = 1000;
    private const int Margin = 20;
    private const int Gap = 10;
    private const int BarHeight = 26;
    private const int RowHeight = 40;
    private const int TitleHeight = 44;
    private const int Dot = 2;

    private static readonly PixelColor[] Colors = [new(0x2D, 0x6C, 0xC0), new(0x2E, 0x9E, 0x5B)];

    /// <summary>Draws times to the first token and for each further one.</summary>
    /// <returns>A PNG file.</returns>
    public static byte[] Draw(BenchRecord record) => Draw(
        $"{record.Model} on {record.Device}, prompt {record.PromptTokens}, {record.Images} images, new {record.NewTokens}",
        new BenchPanel("time to first token, ms", [.. record.Rows.Select(row => (Label(row), row.TtftMs))]),
        new BenchPanel("time per output token, ms", [.. record.Rows.Select(row => (Label(row), row.TpotMs))]));

    /// <summary>Draws panels below each other.</summary>
    /// <returns>A PNG file.</returns>
    internal static byte[] Draw(string title, params ReadOnlySpan<BenchPanel> panels)
    {
        int height = TitleHeight + (2 * Margin);
        foreach (BenchPanel panel in panels)
            height += Height(panel);
        var canvas = PixelCanvas.Create(Width, height, PixelColor.White);
        canvas.Write(title, Margin, Margin, Dot, PixelColor.Black);
        int top = Margin + TitleHeight;
        for (int i = 0; i < panels.Length; i++)
        {
            Draw(canvas, panels[i], top, Colors[i % Colors.Length]);
            top += Height(panels[i]);
        }

        return canvas.ToPng();
    }

    private static int Height(BenchPanel panel) => TitleHeight + (panel.Bars.Count * RowHeight) + Gap;

    private static void Draw(PixelCanvas canvas, BenchPanel panel, int top, PixelColor color)
    {
        canvas.Write(panel.Title, Margin, top, Dot, PixelColor.Black);
        double largest = panel.Bars.Max(bar => bar.Value.Highest);
        int left = Margin + Gap + (Dot * panel.Bars.Max(bar => DotFont.Width(bar.Label.Length)));
        int room = Width - Margin - Gap - left - (Dot * panel.Bars.Max(bar => DotFont.Width(Number(bar.Value).Length)));
        for (int i = 0; i < panel.Bars.Count; i++)
        {
            (string label, Spread spread) = panel.Bars[i];
            int y = top + TitleHeight + (i * RowHeight);
            int At(double time) => left + (int)Math.Round(room * time / largest);
            canvas.Write(label, Margin, y + 4, Dot, PixelColor.Black);
            canvas.Fill(new PixelRectangle(left, y, At(spread.Median), y + BarHeight), color);

            // The whisker is centred on what it stands for.
            const int Half = Dot / 2;
            int middle = y + (BarHeight / 2);
            canvas.Fill(new PixelRectangle(At(spread.Lowest), middle - Half, At(spread.Highest), middle + Half), PixelColor.Black);
            foreach (int end in (int[])[At(spread.Lowest), At(spread.Highest)])
                canvas.Fill(new PixelRectangle(end - Half, y + 6, end + Half, y + BarHeight - 6), PixelColor.Black);
            canvas.Write(Number(spread), At(spread.Highest) + Gap, y + 4, Dot, PixelColor.Black);
        }
    }

    private static string Label(BenchRow row) => $"{row.Weights}, batch {row.Batch}";

    private static string Number(Spread spread) =>
        string.Create(CultureInfo.InvariantCulture, $"{spread.Median:0.00} ({spread.Lowest:0.00} - {spread.Highest:0.00})");
}

/// <summary>One measure of a chart.</summary>
/// <param name="Title">What it is, with its unit.</param>
/// <param name="Bars">A bar for each load.</param>
internal sealed record BenchPanel(string Title, IReadOnlyList<(string Label, Spread Value)> Bars);
