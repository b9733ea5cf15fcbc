using UniMed.Native;

namespace UniMed.Inference.Scheduling;

/// <content>Labels to score: rows behind everybody's tokens and prompts, a bounded number in each pass.</content>
internal sealed partial class EngineLoop
{
    /// <summary>Rows of labels in one pass; each needs logits of its own.</summary>
    private const int MaxLabelRows = 32;

    private readonly List<LabelInPass> _labelsInPass = [];
    private readonly float[] _labelRow;

    /// <summary>Adds tokens of labels, oldest request first; true when there are none.</summary>
    private bool AddLabels(ref int rows)
    {
        int left = MaxLabelRows;
        foreach (EngineJob job in _running)
        {
            if (job.Labels is not { HasBegun: true } labels)
                continue;
            for (int label = 0; left > 0 && label < labels.Continuations.Length; label++)
            {
                if (labels.Next(label, left) is not { } input)
                    continue;
                _inputs[_inputCount++] = input;
                _labelsInPass.Add(new LabelInPass(job, label, input.Ids.Length));
                left -= input.Ids.Length;
                for (int i = 0; i < input.Ids.Length; i++)
                    _outputRows.Add(rows++);
            }
        }

        return left == MaxLabelRows;
    }

    private void BeginLabels(EngineJob job, Tensor logits)
    {
        if (job.Labels is not { HasBegun: false } labels)
            return;
        Read(logits);
        labels.Begin(_labelRow, job.Cache!);
    }

    /// <summary>Scores the labels' tokens that were in the pass.</summary>
    /// <param name="logits">[label rows, vocab_size].</param>
    private void ScoreLabels(Tensor logits)
    {
        int row = 0;
        foreach ((EngineJob job, int label, int rows) in _labelsInPass)
        {
            for (int i = 0; i < rows; i++)
            {
                Read(logits.Slice(row++, 1));
                job.Labels!.Take(label, _labelRow);
            }
        }

        foreach ((EngineJob job, _, _) in _labelsInPass)
            CompleteIfDone(job);
    }

    private void Read(Tensor logits)
    {
        _model.Device.Download(logits, _labelRow);
        LogitsProcessors.LogSoftmax(_labelRow);
    }
}
