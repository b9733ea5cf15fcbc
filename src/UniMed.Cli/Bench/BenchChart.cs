using System.Globalization;
using SkiaSharp;
using UniMed.Inference.Benchmark;
using UniMed.Inference.Imaging;

namespace UniMed.Cli.Bench;

/// <summary>A measurement as a bar chart: panels below each other, a bar for each load with its spread.</summary>
/// <remarks>Letters are the library's own dots: a machine may have no fonts, and a chart looks the same everywhere.</remarks>
internal static class BenchChart
{
    private const int Width = 1000;
    private const int Margin = 20;
    private const int Gap = 10;
    private const int BarHeight = 26;
    private const int RowHeight = 40;
    private const int TitleHeight = 44;
    private const int Dot = 2;

    private static readonly SKColor[] Colors = [new SKColor(0x2D, 0x6C, 0xC0), new SKColor(0x2E, 0x9E, 0x5B)];

    /// <summary>Draws times to the first token and for each further one.</summary>
    /// <returns>A PNG file.</returns>
    public static byte[] Draw(BenchRecord record) => Draw(
        $"{record.Model} on {record.Device}, prompt {record.PromptTokens}, {record.Images} images, new {record.NewTokens}",
        new BenchPanel("time to first token, ms", [.. record.Rows.Select(row => (Label(row), row.TtftMs))]),
        new BenchPanel("time per output token, ms", [.. record.Rows.Select(row => (Label(row), row.TpotMs))]));

    /// <summary>Draws panels below each other.</summary>
    /// <returns>A PNG file.</returns>
    public static byte[] Draw(string title, params ReadOnlySpan<BenchPanel> panels)
    {
        int height = TitleHeight + (2 * Margin);
        foreach (BenchPanel panel in panels)
            height += Height(panel);
        using var bitmap = new SKBitmap(Width, height);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(SKColors.White);
            Write(canvas, title, Margin, Margin, SKColors.Black);
            int top = Margin + TitleHeight;
            for (int i = 0; i < panels.Length; i++)
            {
                Draw(canvas, panels[i], top, Colors[i % Colors.Length]);
                top += Height(panels[i]);
            }
        }

        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        return png.ToArray();
    }

    private static int Height(BenchPanel panel) => TitleHeight + (panel.Bars.Count * RowHeight) + Gap;

    private static void Draw(SKCanvas canvas, BenchPanel panel, int top, SKColor color)
    {
        Write(canvas, panel.Title, Margin, top, SKColors.Black);
        double largest = panel.Bars.Max(bar => bar.Value.Highest);
        float left = Margin + Gap + (Dot * panel.Bars.Max(bar => DotFont.Width(bar.Label.Length)));
        float room = Width - Margin - Gap - left - (Dot * panel.Bars.Max(bar => DotFont.Width(Number(bar.Value).Length)));
        using var paint = new SKPaint { Color = color };
        using var whisker = new SKPaint { Color = SKColors.Black, StrokeWidth = Dot };
        for (int i = 0; i < panel.Bars.Count; i++)
        {
            (string label, Spread spread) = panel.Bars[i];
            float y = top + TitleHeight + (i * RowHeight);
            float At(double time) => left + (float)(room * time / largest);
            Write(canvas, label, Margin, (int)y + 4, SKColors.Black);
            canvas.DrawRect(left, y, At(spread.Median) - left, BarHeight, paint);
            float middle = y + (BarHeight / 2f);
            canvas.DrawLine(At(spread.Lowest), middle, At(spread.Highest), middle, whisker);
            canvas.DrawLine(At(spread.Lowest), y + 6, At(spread.Lowest), y + BarHeight - 6, whisker);
            canvas.DrawLine(At(spread.Highest), y + 6, At(spread.Highest), y + BarHeight - 6, whisker);
            Write(canvas, Number(spread), (int)At(spread.Highest) + Gap, (int)y + 4, SKColors.Black);
        }
    }

    private static string Label(BenchRow row) => $"{row.Weights}, batch {row.Batch}";

    private static string Number(Spread spread) =>
        string.Create(CultureInfo.InvariantCulture, $"{spread.Median:0.00} ({spread.Lowest:0.00} - {spread.Highest:0.00})");

    private static void Write(SKCanvas canvas, string text, int left, int top, SKColor color)
    {
        using var ink = new SKPaint { Color = color };
        for (int i = 0; i < text.Length; i++)
        {
            for (int row = 0; row < DotFont.GlyphHeight; row++)
            {
                for (int column = 0; column < DotFont.GlyphWidth; column++)
                {
                    if (DotFont.HasDot(text[i], column, row))
                        canvas.DrawRect(left + (((i * DotFont.Advance) + column) * Dot), top + (row * Dot), Dot, Dot, ink);
                }
            }
        }
    }
}
