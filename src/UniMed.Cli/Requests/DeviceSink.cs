using Microsoft.Win32.SafeHandles;
using UniMed.Cli.Streams;
using UniMed.Inference;

namespace UniMed.Cli.Requests;

/// <summary>Lines to a pipe or a device, which keep nothing to take up.</summary>
/// <param name="path">What it is called, for messages.</param>
/// <param name="device">The open pipe or device.</param>
/// <param name="cancellationToken">Ends a write that nobody takes.</param>
internal sealed class DeviceSink(string path, SafeFileHandle device, CancellationToken cancellationToken) : IAnswerSink, IDisposable
{
    private readonly DescriptorStream _stream = new((int)device.DangerousGetHandle(), cancellationToken);

    public bool Holds(RequestId id) => false;

    /// <exception cref="UniMedException">The device takes no more.</exception>
    public void Write(ReadOnlySpan<byte> json)
    {
        byte[] line = [.. json, (byte)'\n'];
        try
        {
            _stream.Write(line);
        }
        catch (IOException error)
        {
            throw OutputPath.Refused(path, error);
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        device.Dispose();
    }
}
