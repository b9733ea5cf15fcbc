namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>What the JFIF and Adobe markers say about colours, and libjpeg's rules for what they leave open.</summary>
internal sealed class ApplicationMarkers
{
    private const int JfifLength = 14;
    private const int AdobeLength = 12;
    private const int AdobeTransformOffset = 11;

    private bool _isJfif;
    private int? _adobeTransform;

    /// <summary>Reads one application segment; those of other programs say nothing about pixels.</summary>
    public void Read(byte marker, ReadOnlySpan<byte> segment)
    {
        if (marker == JpegMarker.Application0 && segment.Length >= JfifLength && segment.StartsWith("JFIF\0"u8))
            _isJfif = true;
        else if (marker == JpegMarker.Application14 && segment.Length >= AdobeLength && segment.StartsWith("Adobe"u8))
            _adobeTransform = segment[AdobeTransformOffset];
    }

    /// <summary>What the components mean.</summary>
    public JpegColor Interpret(JpegFrame frame) => frame.Components.Length switch
    {
        1 => JpegColor.Gray,
        4 => _adobeTransform is null or 0 ? JpegColor.Cmyk : JpegColor.Ycck,
        _ when _isJfif => JpegColor.YCbCr,
        _ when _adobeTransform is { } transform => transform == 0 ? JpegColor.Rgb : JpegColor.YCbCr,
        _ => frame.Components is [{ Id: (byte)'R' }, { Id: (byte)'G' }, { Id: (byte)'B' }] ? JpegColor.Rgb : JpegColor.YCbCr,
    };
}
