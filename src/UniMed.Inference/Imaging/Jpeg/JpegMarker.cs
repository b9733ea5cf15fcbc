namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>The second bytes of markers; the first is 0xFF (ITU-T T.81, table B.1).</summary>
internal static class JpegMarker
{
    public const byte Prefix = 0xFF;
    public const byte Temporary = 0x01;
    public const byte BaselineFrame = 0xC0;
    public const byte ExtendedFrame = 0xC1;
    public const byte ProgressiveFrame = 0xC2;
    public const byte LosslessFrame = 0xC3;
    public const byte HuffmanTables = 0xC4;
    public const byte Extension = 0xC8;
    public const byte ArithmeticFrame = 0xC9;
    public const byte ArithmeticConditioning = 0xCC;
    public const byte LastFrame = 0xCF;
    public const byte FirstRestart = 0xD0;
    public const byte LastRestart = 0xD7;
    public const byte StartOfImage = 0xD8;
    public const byte EndOfImage = 0xD9;
    public const byte StartOfScan = 0xDA;
    public const byte QuantizationTables = 0xDB;
    public const byte NumberOfLines = 0xDC;
    public const byte RestartInterval = 0xDD;
    public const byte HierarchicalProgression = 0xDE;
    public const byte ExpandReference = 0xDF;
    public const byte Application0 = 0xE0;
    public const byte Application14 = 0xEE;
    public const byte LastApplication = 0xEF;
    public const byte JpegLsFrame = 0xF7;
    public const byte Comment = 0xFE;

    /// <summary>Whether a marker begins a frame: SOF0 to SOF15, without DHT, JPG and DAC, which lie among them.</summary>
    public static bool IsFrame(byte marker) =>
        marker is >= BaselineFrame and <= LastFrame and not (HuffmanTables or Extension or ArithmeticConditioning);

    /// <summary>Whether a marker is one of the eight that separate restart intervals.</summary>
    public static bool IsRestart(byte marker) => marker is >= FirstRestart and <= LastRestart;
}
