using UniMed.WeightsConverter.Conversion;

namespace UniMed.WeightsConverter.Commands;

/// <summary>Progress as lines of text, for logs.</summary>
internal sealed class LineProgress(TextWriter writer) : IProgress<ConversionProgress>
{
    private string _stage = "";
    private long _tenth;

    public void Report(ConversionProgress value)
    {
        long tenth = value.TotalBytes == 0 ? 10 : value.DoneBytes * 10 / value.TotalBytes;
        if (value.Stage == _stage && tenth == _tenth)
            return;
        (_stage, _tenth) = (value.Stage, tenth);
        writer.WriteLine($"{value.Stage}: {tenth * 10} % of {ByteSize.Text(value.TotalBytes)}");
    }
}
