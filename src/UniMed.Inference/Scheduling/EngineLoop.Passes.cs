using System.Diagnostics;
using System.Runtime.InteropServices;
using UniMed.Inference.Connector;
using UniMed.Inference.Generation;
using UniMed.Inference.Language;
using UniMed.Inference.Tasks;
using UniMed.Native;

namespace UniMed.Inference.Scheduling;

/// <content>Passes of the language model: a row for each answering request, chunks of the prompts behind them, tokens of labels at the end, and the choice of tokens.</content>
internal sealed partial class EngineLoop
{
    private readonly List<EngineJob> _inPass = [];
    private readonly List<int> _outputRows = [];
    private readonly List<EngineJob> _choosing = [];
    private readonly SequenceInput[] _inputs;
    private readonly int[] _tokens;
    private readonly TokenChoice _choice;
    private readonly SequenceState[] _choosingStates;
    private int _inputCount;

    /// <summary>One pass; false when no request is ready for one.</summary>
    private bool Pass()
    {
        _inPass.Clear();
        _outputRows.Clear();
        _choosing.Clear();
        _labelsInPass.Clear();
        _inputCount = 0;
        int rows = 0;
        foreach (EngineJob job in _running)
        {
            if (job.IsSeen && !job.IsPrefilling && job.State!.Finished is null)
                AddToken(job, ref rows);
        }

        bool decodeOnly = AddPrompts(ref rows) & AddLabels(ref rows);
        if (rows == 0)
            return false;
        _counters.AddPass();
        if (decodeOnly)
        {
            using DecodePasses.Lease decode = _model.DecodePasses.Rent(_inputCount);
            Choose(decode.Pass.Run(_inputs.AsSpan(0, _inputCount), _stop));
        }
        else
        {
            Tensor logits = _mixed.Run(_inputs.AsSpan(0, _inputCount), CollectionsMarshal.AsSpan(_outputRows), _stop);
            PublishPrompts();
            ScoreLabels(logits.Slice(_choosing.Count, _outputRows.Count - _choosing.Count));
            if (_choosing.Count > 0)
                Choose(logits.Slice(0, _choosing.Count));
        }

        return true;
    }

    private void AddToken(EngineJob job, ref int rows)
    {
        int at = _inputCount++;
        _tokens[at] = job.State!.History[^1];
        _inputs[at] = new SequenceInput(job.State.Cache, _tokens.AsMemory(at, 1), null);
        _inPass.Add(job);
        _choosing.Add(job);
        _outputRows.Add(rows++);
    }

    /// <summary>Adds chunks of prompts, oldest first; true when there are none.</summary>
    private bool AddPrompts(ref int rows)
    {
        int left = _options.MaxPrefillRows;
        foreach (EngineJob job in _running)
        {
            if (left == 0)
                break;
            if (!job.IsSeen || !job.IsPrefilling)
                continue;
            int chunk = Math.Min(left, job.RemainingPrompt);
            left -= chunk;
            rows += chunk;
            int first = job.State!.Cache.Length;
            _inputs[_inputCount++] = new SequenceInput(job.State.Cache, job.Input!.Ids.AsMemory(first, chunk), job.VisualTokens);
            _inPass.Add(job);
            _counters.AddPromptTokens(chunk);
            if (first + chunk == job.Input.Ids.Length)
            {
                _choosing.Add(job);
                _outputRows.Add(rows - 1);
            }
        }

        return left == _options.MaxPrefillRows;
    }

    private void PublishPrompts()
    {
        foreach (EngineJob job in _inPass)
        {
            if (!_options.SharePrefixes || job.PublishedBlocks == job.Input!.Keys.Length)
                continue;
            ReadOnlySpan<int> blocks = job.State!.Cache.Blocks;
            int full = Math.Min(job.State.Cache.Length / _model.Cache.Cache.BlockSize, job.Input.Keys.Length);
            for (; job.PublishedBlocks < full; job.PublishedBlocks++)
                _prefixes.Publish(blocks[job.PublishedBlocks], job.Input.Keys[job.PublishedBlocks]);
        }
    }

    private void Choose(Tensor logits)
    {
        int count = _choosing.Count;
        for (int i = 0; i < count; i++)
            _choosingStates[i] = _choosing[i].State!;
        ReadOnlySpan<SampledToken> chosen = _choice.Choose(logits, _choosingStates.AsSpan(0, count));
        for (int i = 0; i < count; i++)
        {
            BeginLabels(_choosing[i], logits.Slice(i, 1));
            Append(_choosing[i], chosen[i]);
        }
    }

    private void Append(EngineJob job, SampledToken token)
    {
        try
        {
            SequenceState state = job.State!;
            if (state.History.Length == 1)
                state.MarkPrefilled(job.Started);
            if (job.TokensChosen++ == 0)
            {
                job.FirstToken = Stopwatch.GetTimestamp();
                EngineCounters.AddFirstToken(job);
            }

            FiniteLogits.Require(token.LogProbability);
            state.Append(token);
            _counters.AddNewToken();
            CompleteIfDone(job);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Its own mistake, or its listener's: the others' tokens are chosen already.
            Leave(job, error);
        }
    }

    private void CompleteIfDone(EngineJob job)
    {
        if (job.Ended || job.State!.Finished is null || job.Labels is { IsDone: false })
            return;
        Reply reply = ReplyOf(job, job.State.ToResult());
        Leave(job, null);
        job.Complete(reply);
    }

    private Reply ReplyOf(EngineJob job, GeneratedSequence sequence) => ReplyReader.Read(
        _model,
        job.Options,
        sequence,
        job.Input!.Ids.Length,
        job.Images,
        [.. job.VisualLeases.Select(lease => lease.Value).OfType<VisualTokens>()],
        (job.VisionMilliseconds, job.ConnectorMilliseconds),
        job.Labels?.Scores ?? []);
}
