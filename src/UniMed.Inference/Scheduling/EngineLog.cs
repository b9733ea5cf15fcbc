using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace UniMed.Inference.Scheduling;

/// <summary>What an engine writes to its host's log. Requests are told by number, task and counts: no text of a prompt, an answer, a file's name or a caller's error, which may name a patient.</summary>
internal sealed partial class EngineLog(ILogger logger)
{
    private readonly ILogger _logger = new SteadyLogger(logger);

    /// <summary>Writes nothing. Made anew each time: a field would bring the generated messages with it, which are all compiled when the first field is asked for.</summary>
    public static EngineLog None => new(NullLogger.Instance);

    [LoggerMessage(1, LogLevel.Information, "The engine runs on {Device} ({Description}). {Choice} It answers {MaxRunningRequests} requests at once, lets {MaxQueuedRequests} wait, and holds {KvCacheTokens} positions and {VisualCacheBytes} bytes of visual features.")]
    public partial void Started(string device, string description, string choice, int maxRunningRequests, int maxQueuedRequests, int kvCacheTokens, long visualCacheBytes);

    [LoggerMessage(2, LogLevel.Information, "The engine takes no more requests and answers the {Waiting} waiting and {Running} running ones.")]
    public partial void Draining(int waiting, int running);

    [LoggerMessage(3, LogLevel.Information, "The engine has ended: {Completed} requests were answered, {Failed} failed, {Cancelled} were cancelled.")]
    public partial void Ended(long completed, long failed, long cancelled);

    [LoggerMessage(10, LogLevel.Debug, "Request {Request} ({Task}) begins: {PromptTokens} prompt positions, {SharedTokens} of them in the cache, {Images} images.")]
    public partial void RequestAdmitted(long request, string task, int promptTokens, int sharedTokens, int images);

    [LoggerMessage(11, LogLevel.Debug, "Request {Request} ({Task}) is answered: {NewTokens} tokens, {Milliseconds:0} ms after it was asked for.")]
    public partial void RequestCompleted(long request, string task, int newTokens, double milliseconds);

    [LoggerMessage(12, LogLevel.Debug, "Request {Request} ({Task}) was cancelled after {NewTokens} tokens.")]
    public partial void RequestCancelled(long request, string task, int newTokens);

    [LoggerMessage(13, LogLevel.Warning, "Request {Request} ({Task}, {Images} images) is rejected ({Reason}); its caller has the message.")]
    public partial void RequestRejected(long request, string task, int images, string reason);

    [LoggerMessage(14, LogLevel.Warning, "Request {Request} ({Task}) failed after {NewTokens} tokens ({Reason}); its caller has the message.")]
    public partial void RequestFailed(long request, string task, int newTokens, string reason);

    [LoggerMessage(20, LogLevel.Warning, "The queue is full: {Waiting} requests wait, and further ones are refused. Ask less at once, or create the engine with a larger MaxQueuedRequests.")]
    public partial void QueueFull(int waiting);

    [LoggerMessage(21, LogLevel.Information, "The queue takes requests again; {Refused} were refused.")]
    public partial void QueueOpen(long refused);

    [LoggerMessage(30, LogLevel.Error, "The device {Device} failed, {Fault} of {MaxFaults} times in a row until the engine gives up. {Lost} running requests are lost, and cached prefixes and images with them; {Waiting} wait.")]
    public partial void DeviceFailed(Exception error, string device, int fault, int maxFaults, int lost, int waiting);

    [LoggerMessage(31, LogLevel.Information, "The device {Device} works again after {Faults} failures.")]
    public partial void DeviceRecovered(string device, int faults);

    [LoggerMessage(32, LogLevel.Critical, "The engine gave up after {Faults} failures of the device {Device} in a row and takes no more requests. Dispose it and the model, and load the model again.")]
    public partial void GaveUp(Exception error, string device, int faults);
}
