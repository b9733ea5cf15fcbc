namespace UniMed.Native.Cuda;

/// <summary>
/// Work that reads memory of the host: it runs behind what the host's stream held when it began, and whoever began it goes on when it is over. Where the work was not all asked for, what was is
/// waited for too, so that nothing reads the memory once the call has failed.
/// </summary>
internal sealed class HostReading : IDisposable
{
    private readonly ICudaDriver _driver;
    private readonly CudaStream _own;
    private readonly CudaEvent _place;
    private bool _ended;

    /// <summary>Begins: work that is put into the own stream from now on waits for the host's.</summary>
    public HostReading(ICudaDriver driver, CudaStream own, CudaStream host)
    {
        _driver = driver;
        _own = own;
        _place = driver.CreateEvent(timed: false);
        try
        {
            driver.Record(_place, host);
            driver.Wait(own, _place);
        }
        catch
        {
            _ended = true;
            Dispose();
            throw;
        }
    }

    /// <summary>Waits for the work, and reports what went wrong in it.</summary>
    public void End()
    {
        _ended = true;
        _driver.Record(_place, _own);
        _driver.Synchronize(_place);
    }

    public void Dispose()
    {
        // A lost device runs nothing any more, and takes no calls.
        if (_driver.Fault is null && !_ended)
            End();
        if (_driver.Fault is null)
            _driver.DestroyEvent(_place);
    }
}
