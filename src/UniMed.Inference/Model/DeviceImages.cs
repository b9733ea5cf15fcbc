using UniMed.Inference.Imaging;
using UniMed.Inference.Vision;
using UniMed.Native;
using UniMed.Native.Cuda;

namespace UniMed.Inference.Model;

/// <summary>Encodes pictures that lie in the memory of the model's device.</summary>
internal static class DeviceImages
{
    /// <summary>Reads and encodes one. When it returns, the picture's memory has been read.</summary>
    /// <param name="model">The model.</param>
    /// <param name="picture">The picture.</param>
    /// <param name="cancellationToken">Looked at before every block of the transformer.</param>
    /// <returns>Its features, which the caller disposes, and their device memory.</returns>
    /// <exception cref="UniMedException">The device shares no memory with the host or failed, there is no memory for the pass, or the picture cannot be read (<see cref="ImageException"/>).</exception>
    public static (IDisposable Features, long Bytes) Encode(ModelAssembly model, DevicePicture picture, CancellationToken cancellationToken)
    {
        if (model.Device is not IDevicePixelReader { SharesHostContext: true } reader)
        {
            throw new UniMedException(
                UniMedFailure.InvalidInput,
                $"The picture lies in a card's memory, and the model runs on device '{model.Device.Info.Name}', which shares none with the host. "
                + $"Load the model with {nameof(UniMedModelOptions)}.{nameof(UniMedModelOptions.CudaHost)}, or copy the picture to the host and open a {nameof(MedicalImage)}.");
        }

        try
        {
            VisionFeatures features = model.Vision.Encode(output => picture.Read(model.Preprocessor, reader, output), cancellationToken);
            return (features, features.Tokens.Length * sizeof(float));
        }
        catch (OutOfMemoryException error)
        {
            throw new UniMedException(UniMedFailure.OutOfMemory, $"There is no memory on the device to encode a picture: {error.Message} Dispose studies, or load the model with a smaller KvCacheTokens.", error);
        }
        catch (CudaException error)
        {
            throw new UniMedException(UniMedFailure.DeviceFailed, $"The device failed while a picture in its memory was read: {error.Message} Open it again; when it happens again, the device or the picture's memory needs attention.", error);
        }
    }
}
