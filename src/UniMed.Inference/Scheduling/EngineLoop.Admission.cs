using System.Diagnostics;
using UniMed.Inference.Generation;
using UniMed.Inference.Language;

namespace UniMed.Inference.Scheduling;

/// <content>Who comes in: in the order of the queue, as long as the cache can hold the longest answer each may give.</content>
internal sealed partial class EngineLoop
{
    private void Admit()
    {
        foreach (EngineJob job in _queue.Snapshot())
        {
            if (RunningRows() >= _options.MaxRunningRequests)
                return;
            if (!TryRead(job))
                continue;
            // More beams than rows run alone.
            if (_running.Count > 0 && RunningRows() + job.Rows > _options.MaxRunningRequests)
                return;
            if (Waits(job))
                continue;
            if (!TryTakeBlocks(job))
            {
                // Nobody gives blocks back that it waits for: it is looked at anew, with what is there now.
                if (_running.Count == 0)
                    job.Input = null;
                return;
            }

            if (job.Ended)
                continue;
            _queue.Remove(job);
            _running.Add(job);
            HostListeners.Add(EngineTelemetry.Running, 1);
            _log.RequestAdmitted(job.Number, job.TaskName, job.Input!.Ids.Length, job.Cache!.Length, job.Images.Count);
        }
    }

    private int RunningRows()
    {
        int rows = 0;
        foreach (EngineJob job in _running)
            rows += job.Rows;
        return rows;
    }

    private bool TryRead(EngineJob job)
    {
        if (job.Input is not null)
            return true;
        try
        {
            EnginePrompt input = EnginePrompt.Read(_model, job.Prompt, job.Images, job.Task, job.Options.Generation);
            if (job.Labels is { } labels)
                LabelScoring.RequireRoom(input.Ids.Length, labels.Longest, _model.Config.Language.MaxPositionEmbeddings);
            long blocks = BlocksOf(job, input);
            if (blocks <= _share.Limit)
            {
                job.Input = input;
                return true;
            }

            int blockSize = _model.Cache.Cache.BlockSize;
            throw new UniMedException(
                blocks <= _share.Max ? UniMedFailure.OutOfMemory : UniMedFailure.InvalidInput,
                $"The request can come to {blocks * blockSize} positions of the key-value cache, beams and labels to score included; {_share.Limit * (long)blockSize} are there for it. Ask for fewer new tokens (MaxNewTokens) or beams (NumBeams), or load the model, and create the engine, with a larger KvCacheTokens.");
        }
        catch (Exception error)
        {
            _queue.Remove(job);
            End(job, error);
            return false;
        }
    }

    /// <summary>True while a running request is about to compute what this one could share.</summary>
    private bool Waits(EngineJob job)
    {
        if (!_options.SharePrefixes)
            return false;
        PrefixKey[] keys = job.Input!.Keys;
        int known = _prefixes.CountKnown(Shareable(job), out _);
        return known < Shareable(job).Length && _running.Exists(other => other.IsPrefilling && other.Input!.Keys.Length > known && other.Input.Keys[known] == keys[known]);
    }

    /// <summary>Keys of the blocks a prompt may find: at least its last position is computed, for its logits.</summary>
    private ReadOnlySpan<PrefixKey> Shareable(EngineJob job) =>
        _options.SharePrefixes ? job.Input!.Keys.AsSpan(0, (job.Input.Ids.Length - 1) / _model.Cache.Cache.BlockSize) : default;

    private int BlocksOf(EngineJob job, EnginePrompt input) => input.Blocks + (job.Labels?.Blocks(_model.Cache) ?? 0);

    /// <summary>Takes what the request needs of the cache; false when it is not to be had now. A request that fails here has ended.</summary>
    private bool TryTakeBlocks(EngineJob job)
    {
        EnginePrompt input = job.Input!;
        ReadOnlySpan<PrefixKey> keys = Shareable(job);
        int known = _prefixes.CountKnown(keys, out int idle);
        int wanted = BlocksOf(job, input) - known;
        // Known blocks that nobody uses are counted as available until they are taken.
        if (wanted + idle > _prefixes.Available && !TryGrow(wanted + idle - _prefixes.Available))
            return false;
        int[] shared = _prefixes.Reuse(keys[..known]);
        if (!_prefixes.TryPromise(wanted))
            throw new UnreachableException("Available blocks could not be promised.");
        job.Blocks = new PromisedBlocks(_prefixes, wanted);
        var sequence = new KvSequence(job.Blocks, _model.Cache.Cache.BlockSize, shared);
        GenerationOptions generation = job.Options.Generation;
        var request = new GenerationRequest(input.Ids, null, generation, job.OnToken, input.Constraint);
        job.Cache = sequence;
        try
        {
            if (generation.NumBeams == 1)
                job.State = new SequenceState(request, sequence, input.Limit, _model.Tokenizer);
            else
                job.Beams = new BeamProgress(request, input.Limit, _model.Tokenizer, _model.Language.LogitColumns);
        }
        catch (OutOfMemoryException error)
        {
            _queue.Remove(job);
            End(job, new UniMedException(UniMedFailure.OutOfMemory, $"There is no memory to search with {generation.NumBeams} beams. Ask for fewer (NumBeams).", error));
            return true;
        }

        job.PublishedBlocks = known;
        _counters.AddSharedPromptTokens(sequence.Length);
        return true;
    }

    private bool TryGrow(int blocks)
    {
        if (_share.TryGrow(blocks) is not { } more)
            return false;
        _prefixes.Add(more);
        return true;
    }
}
