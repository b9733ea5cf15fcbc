namespace UniMed.Inference.Imaging;

/// <summary>Turns a picture the way its orientation tag says: 1 to 8, as in TIFF and EXIF.</summary>
internal static class PictureOrientation
{
    /// <summary>The picture with its first row at the top and its first column at the left; unknown orientations change nothing.</summary>
    public static DecodedPicture Apply(DecodedPicture picture, int orientation)
    {
        if (orientation is < 2 or > 8)
            return picture;
        bool turned = orientation >= 5;
        DecodedPicture result = turned ? picture with { Width = picture.Height, Height = picture.Width } : picture;
        return result with
        {
            Bytes = Turn(picture.Bytes, picture, orientation),
            Words = Turn(picture.Words, picture, orientation),
            Reals = Turn(picture.Reals, picture, orientation),
        };
    }

    private static T[]? Turn<T>(T[]? samples, DecodedPicture picture, int orientation)
    {
        if (samples is null)
            return null;
        bool turned = orientation >= 5;
        (int width, int height) = turned ? (picture.Height, picture.Width) : (picture.Width, picture.Height);
        T[] result = new T[samples.Length];
        for (int y = 0, to = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++, to += picture.Channels)
            {
                (int column, int row) = turned ? (y, x) : (x, y);
                if (orientation is 2 or 3 or 7 or 8)
                    column = picture.Width - 1 - column;
                if (orientation is 3 or 4 or 6 or 7)
                    row = picture.Height - 1 - row;
                samples.AsSpan((row * picture.Width + column) * picture.Channels, picture.Channels).CopyTo(result.AsSpan(to));
            }
        }

        return result;
    }
}
