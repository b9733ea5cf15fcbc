namespace UniMed.Native;

/// <summary>How the samples of a picture lie in a card's memory.</summary>
public enum DevicePixelFormat
{
    /// <summary>Red, green and blue of a pixel beside each other, a byte each.</summary>
    Rgb24,

    /// <summary>Unsigned gray samples of 16 bits.</summary>
    Gray16,

    /// <summary>Signed gray samples of 16 bits (DICOM pixel representation 1, as CT has).</summary>
    SignedGray16,

    /// <summary>A plane of fp32 numbers for red, one for green, one for blue; 0 is black and 1 is full.</summary>
    RgbPlanes,
}
