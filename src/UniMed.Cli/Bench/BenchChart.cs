using System.Globalization;
using SkiaSharp;
using UniMed.Inference.Benchmark;
using UniMed.Inference.Imaging;

namespace UniMed.Cli.Bench;

/// <summary>A measurement as a bar chart: time to first token above, time per token below, a bar for each load with its spread.</summary>
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

    /// <summary>Draws the chart.</summary>
    /// <returns>A PNG file.</returns>
    public static byte[] Draw(BenchRecord record)
    {
        int panel = TitleHeight + (record.Rows.Count * RowHeight) + Gap;
        using var bitmap = new SKBitmap(Width, TitleHeight + (2 * panel) + (2 * Margin));
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(SKColors.White);
            Write(canvas, $"{record.Model} on {record.Device}, prompt {record.PromptTokens}, {record.Images} images, new {record.NewTokens}", Margin, Margin, SKColors.Black);
            Panel(canvas, record, "time to first token, ms", Margin + TitleHeight, row => row.TtftMs, new SKColor(0x2D, 0x6C, 0xC0));
            Panel(canvas, record, "time per output token, ms", Margin + TitleHeight + panel, row => row.TpotMs, new SKColor(0x2E, 0x9E, 0x5B));
        }

        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        return png.ToArray();
    }

    private static void Panel(SKCanvas canvas, BenchRecord record, string title, int top, Func<BenchRow, Spread> value, SKColor color)
    {
        Write(canvas, title, Margin, top, SKColors.Black);
        double largest = record.Rows.Max(row => value(row).Highest);
        float left = Margin + Gap + (Dot * record.Rows.Max(row => DotFont.Width(Label(row).Length)));
        float room = Width - Margin - Gap - left - (Dot * record.Rows.Max(row => DotFont.Width(Number(value(row)).Length)));
        using var bar = new SKPaint { Color = color };
        using var whisker = new SKPaint { Color = SKColors.Black, StrokeWidth = Dot };
        for (int i = 0; i < record.Rows.Count; i++)
        {
            BenchRow row = record.Rows[i];
            Spread spread = value(row);
            float y = top + TitleHeight + (i * RowHeight);
            float At(double time) => left + (float)(room * time / largest);
            Write(canvas, Label(row), Margin, (int)y + 4, SKColors.Black);
            canvas.DrawRect(left, y, At(spread.Median) - left, BarHeight, bar);
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
