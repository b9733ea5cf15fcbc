using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace UniMed.Tests;

/// <summary>
/// Threads as hosts have them. A user interface's has a SynchronizationContext, and runs nothing that comes to it while it is blocked; other hosts have a TaskScheduler of their own. What a library
/// sends there is counted (and done elsewhere, so that a test fails instead of hanging).
/// </summary>
internal static class CallersThread
{
    /// <summary>Blocks in an action on a thread with a SynchronizationContext; returns how often something was sent to it.</summary>
    public static int BlockInContext(Action action)
    {
        var context = new CountingContext();
        Run(() =>
        {
            SynchronizationContext.SetSynchronizationContext(context);
            action();
        });
        return context.Sent;
    }

    /// <summary>Blocks in an action that runs in a TaskScheduler; returns how many further tasks were given to it.</summary>
    public static int BlockInScheduler(Action action)
    {
        var scheduler = new CountingScheduler();
        Run(() => Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.None, scheduler).GetAwaiter().GetResult());
        return scheduler.Given - 1;
    }

    /// <summary>Runs a function as a user interface does: one thread, which does what is sent to it until the function's task has ended.</summary>
    public static void Pump(Func<Task> function) => Run(() =>
    {
        using var work = new BlockingCollection<(SendOrPostCallback Do, object? State)>();
        SynchronizationContext.SetSynchronizationContext(new PumpedContext(work));
        Task task = function();
        _ = task.ContinueWith(_ => work.CompleteAdding(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        foreach ((SendOrPostCallback act, object? state) in work.GetConsumingEnumerable())
            act(state);
        task.GetAwaiter().GetResult();
    });

    private static void Run(Action action)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    private sealed class CountingContext : SynchronizationContext
    {
        private int _sent;

        public int Sent => Volatile.Read(ref _sent);

        public override SynchronizationContext CreateCopy() => this;

        public override void Post(SendOrPostCallback d, object? state)
        {
            Interlocked.Increment(ref _sent);
            ThreadPool.QueueUserWorkItem(_ => d(state));
        }

        public override void Send(SendOrPostCallback d, object? state) => Post(d, state);
    }

    private sealed class PumpedContext(BlockingCollection<(SendOrPostCallback Do, object? State)> work) : SynchronizationContext
    {
        public override SynchronizationContext CreateCopy() => this;

        public override void Post(SendOrPostCallback d, object? state) => work.Add((d, state));
    }

    private sealed class CountingScheduler : TaskScheduler
    {
        private int _given;

        public int Given => Volatile.Read(ref _given);

        protected override IEnumerable<Task> GetScheduledTasks() => [];

        protected override void QueueTask(Task task)
        {
            Interlocked.Increment(ref _given);
            new Thread(() => TryExecuteTask(task)) { IsBackground = true }.Start();
        }

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;
    }
}
