using System.Diagnostics;
using System.Runtime.InteropServices;
using UniMed.Inference.Connector;
using UniMed.Inference.Generation;
using UniMed.Inference.Language;
using UniMed.Inference.Tasks;
using UniMed.Native;

namespace UniMed.Inference.Scheduling;

/// <content>Passes of the language model: a row for each answering request, rows for its beams, chunks of the prompts behind them, tokens of labels at the end, and the choice of tokens.</content>
internal sealed partial class EngineLoop
{
    private readonly List<EngineJob> _inPass = [];
    private readonly List<int> _outputRows = [];
    private readonly List<EngineJob> _choosing = [];
    private readonly List<EngineJob> _searching = [];
    private readonly List<EngineJob> _beginning = [];
    private readonly List<int> _beginningRows = [];
    private readonly SequenceInput[] _inputs;
    private readonly int[] _tokens;
    private readonly TokenChoice _choice;
    private readonly Action<Tensor> _askInStep;
    private readonly SequenceState[] _choosingStates;
    private int _inputCount;

    /// <summary>One pass; false when no request is ready for one.</summary>
    private bool Pass()
    {
        _inPass.Clear();
        _outputRows.Clear();
        _choosing.Clear();
        _searching.Clear();
        _beginning.Clear();
        _beginningRows.Clear();
        _labelsInPass.Clear();
        _inputCount = 0;
        int rows = 0;
        foreach (EngineJob job in _running)
        {
            if (job is { IsEncoded: true, IsPrefilling: false, State.Finished: null, Beams: null })
                AddToken(job, ref rows);
        }

        int firstBeam = rows;
        AddBeams(ref rows);
        int behindBeams = rows;
        bool decodeOnly = AddPrompts(ref rows);
        // Logits come in the order in which they are used: of single rows, of beams, of prompts that beams begin at, of labels.
        for (int row = firstBeam; row < behindBeams; row++)
            _outputRows.Add(row);
        _outputRows.AddRange(_beginningRows);
        decodeOnly &= AddLabels(ref rows);
        if (rows == 0)
            return false;
        _counters.AddPass();
        if (decodeOnly)
        {
            using DecodePasses.Lease decode = _model.DecodePasses.Rent(_inputCount);
            PrepareChoice();
            Tensor logits = decode.Pass.Run(_inputs.AsSpan(0, _inputCount), _stop, _askInStep);
            Take(logits, asked: true);
        }
        else
        {
            // A prompt may take long: when all who are in the pass have left, it ends before its next layer.
            using var everybodyLeft = new CommonCancellation(InThePass(), _stop);
            Tensor logits = _mixed.Run(_inputs.AsSpan(0, _inputCount), CollectionsMarshal.AsSpan(_outputRows), everybodyLeft.Token);
            PublishPrompts();
            PrepareChoice();
            Take(logits, asked: false);
        }

        return true;
    }

    /// <summary>The requests that have a row in the pass.</summary>
    private List<EngineJob> InThePass()
    {
        var jobs = new List<EngineJob>(_inPass.Count);
        foreach (EngineJob job in _running)
        {
            if (_inPass.Contains(job) || _labelsInPass.Exists(label => label.Job == job))
                jobs.Add(job);
        }

        return jobs;
    }

    /// <summary>Goes on with what the pass gave.</summary>
    private void Take(Tensor logits, bool asked)
    {
        int at = _choosing.Count;
        foreach (EngineJob job in _searching)
            at += job.Rows;
        at += _beginning.Count;
        if (_labelsInPass.Count > 0)
            ScoreLabels(logits.Slice(at, _outputRows.Count - at));
        at = _choosing.Count;
        if (at > 0)
            Choose(logits.Slice(0, at), asked);
        foreach (EngineJob job in _searching)
        {
            Search(job, logits.Slice(at, job.Rows));
            at += job.Rows;
        }

        foreach (EngineJob job in _beginning)
        {
            BeginLabels(job, logits.Slice(at, 1));
            Search(job, logits.Slice(at++, 1));
        }
    }

    /// <summary>Adds the beams of all requests that have some.</summary>
    private void AddBeams(ref int rows)
    {
        foreach (EngineJob job in _running)
        {
            if (job.Beams is not { IsRunning: true } beams)
                continue;
            beams.Continue(_inputs.AsSpan(_inputCount, job.Rows));
            _inputCount += job.Rows;
            rows += job.Rows;
            _inPass.Add(job);
            _searching.Add(job);
        }
    }

    /// <summary>Takes one step of a beam search, its first or another.</summary>
    private void Search(EngineJob job, Tensor logits)
    {
        try
        {
            BeamProgress beams = job.Beams!;
            if (beams.IsRunning)
            {
                beams.Advance(_model.Device, logits);
            }
            else
            {
                beams.Begin(_model.Device, logits, job.Cache!, job.Started);
                job.FirstToken = Stopwatch.GetTimestamp();
                EngineCounters.AddFirstToken(job);
            }

            CompleteIfDone(job);
        }
        catch (UniMedException error)
        {
            // Its own numbers: the others have theirs.
            Leave(job, error);
        }
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
            if (!job.IsEncoded || !job.IsPrefilling)
                continue;
            int chunk = Math.Min(left, job.RemainingPrompt);
            left -= chunk;
            rows += chunk;
            int first = job.Cache!.Length;
            _inputs[_inputCount++] = new SequenceInput(job.Cache, job.Input!.Ids.AsMemory(first, chunk), job.VisualTokens);
            _inPass.Add(job);
            _counters.AddPromptTokens(chunk);
            if (first + chunk < job.Input.Ids.Length)
                continue;
            if (job.Beams is not null)
            {
                _beginning.Add(job);
                _beginningRows.Add(rows - 1);
                continue;
            }

            _choosing.Add(job);
            _outputRows.Add(rows - 1);
        }

        return left == _options.MaxPrefillRows;
    }

    private void PublishPrompts()
    {
        foreach (EngineJob job in _inPass)
        {
            if (!_options.SharePrefixes || job.PublishedBlocks == job.Input!.Keys.Length)
                continue;
            ReadOnlySpan<int> blocks = job.Cache!.Blocks;
            int full = Math.Min(job.Cache.Length / _model.Cache.Cache.BlockSize, job.Input.Keys.Length);
            for (; job.PublishedBlocks < full; job.PublishedBlocks++)
                _prefixes.Publish(blocks[job.PublishedBlocks], job.Input.Keys[job.PublishedBlocks]);
        }
    }

    private void Choose(Tensor logits, bool asked)
    {
        int count = _choosing.Count;
        ReadOnlySpan<SequenceState> states = _choosingStates.AsSpan(0, count);
        ReadOnlySpan<SampledToken> chosen = asked ? _choice.Take(logits, states) : _choice.Choose(logits, states);
        for (int i = 0; i < count; i++)
        {
            BeginLabels(_choosing[i], logits.Slice(i, 1));
            Append(_choosing[i], chosen[i]);
        }
    }

    /// <summary>The sequences that get a token of this pass, in the order of their rows.</summary>
    private void PrepareChoice()
    {
        for (int i = 0; i < _choosing.Count; i++)
        {
            SequenceState state = _choosing[i].State!;
            if (state.History.Length == 1)
                state.MarkPrefilled(_choosing[i].Started);
            _choosingStates[i] = state;
        }
    }

    /// <summary>The device's choice as a part of a decode step: nobody waits between the logits and it.</summary>
    private void AskInStep(Tensor logits)
    {
        if (_choosing.Count > 0)
            _choice.Ask(logits.Slice(0, _choosing.Count), _choosingStates.AsSpan(0, _choosing.Count));
    }

    private void Append(EngineJob job, SampledToken token)
    {
        try
        {
            SequenceState state = job.State!;
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
        if (job.Ended || !job.IsAnswered || job.Labels is { IsDone: false })
            return;
        try
        {
            Reply reply = ReplyOf(job, job.State?.ToResult() ?? Finish(job, job.Beams!));
            Leave(job, null);
            job.Complete(reply);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Its own mistake, or its listener's: the others go on.
            Leave(job, error);
        }
    }

    private GeneratedSequence Finish(EngineJob job, BeamProgress beams)
    {
        GeneratedSequence best = beams.Finish();
        job.TokensChosen = best.TokenIds.Count;
        for (int i = 0; i < best.TokenIds.Count; i++)
            _counters.AddNewToken();
        return best;
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
