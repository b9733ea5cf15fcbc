using System.Diagnostics;
using UniMed.Inference.Connector;
using UniMed.Inference.Vision;

namespace UniMed.Inference.Scheduling;

/// <content>Images: encoded together, projected together for the tasks that are asked, kept by content.</content>
internal sealed partial class EngineLoop
{
    /// <summary>Uses of visual tokens that were made for another request that waits, until it has come to them.</summary>
    private readonly List<VisualCache.Lease> _madeForOthers = [];

    /// <summary>Encodes one batch of images and projects what is encoded; false when none waits.</summary>
    private bool EncodeImages()
    {
        PassOverPromptsWithoutImages();
        if (!_running.Exists(job => !job.IsEncoded))
            return false;
        EngineJob[] waiting = [.. _running.Where(job => !job.IsEncoded)];
        Encode(waiting);
        try
        {
            foreach (EngineJob job in waiting)
            {
                if (!job.Ended)
                    ProjectWhereEncoded(job);
            }
        }
        finally
        {
            _madeForOthers.ForEach(lease => lease.Dispose());
            _madeForOthers.Clear();
        }

        return true;
    }

    private void PassOverPromptsWithoutImages()
    {
        foreach (EngineJob job in _running)
        {
            if (job.IsEncoded)
                continue;
            // What is cached already needs no visual tokens, unless the caller wants to see how they were routed.
            if (job.Images.Count == 0 || (!job.Options.IncludeRouting && !HasVisualTokens(job.Input!.Ids, job.Cache!.Length)))
                BeginPrompt(job);
        }
    }

    /// <summary>Whether there are visual tokens from a position on. A plain loop over a prompt: the runtime's search has a vector path for every width, and all of it would be compiled for this.</summary>
    private static bool HasVisualTokens(int[] ids, int start)
    {
        for (int i = start; i < ids.Length; i++)
        {
            if (ids[i] < 0)
                return true;
        }

        return false;
    }

    private bool IsEncoded(MedicalImage image, UniMedTask task) =>
        _visual.Contains(new VisualKey(image.ContentHash, null)) || _visual.Contains(new VisualKey(image.ContentHash, task));

    /// <summary>Encodes images of the first waiting requests that are not kept; several requests' images in one pass of the transformer.</summary>
    private void Encode(EngineJob[] waiting)
    {
        var images = new List<WaitingImage>();
        foreach (EngineJob job in waiting)
        {
            foreach (MedicalImage image in job.Images)
            {
                if (IsEncoded(image, job.Task))
                    continue;
                if (images.Find(other => other.ContentHash == image.ContentHash) is { } known)
                    known.For.Add(job);
                else if (images.Count < _options.MaxImagesAtOnce)
                    images.Add(new WaitingImage(image, [job]));
            }
        }

        if (images.Count == 0)
            return;
        var pixels = new List<float[]>();
        for (int i = 0; i < images.Count;)
        {
            try
            {
                pixels.Add(_model.Preprocessor.ToPixels(images[i].Image));
                i++;
            }
            catch (UniMedException error)
            {
                images[i].For.ForEach(job => Leave(job, error));
                images.RemoveAt(i);
            }
        }

        if (pixels.Count == 0)
            return;
        List<EngineJob> requests = [];
        foreach (WaitingImage image in images)
        {
            foreach (EngineJob job in image.For)
            {
                if (!requests.Contains(job))
                    requests.Add(job);
            }
        }

        long started = Stopwatch.GetTimestamp();
        using var everybodyLeft = new CommonCancellation(requests, _stop);
        VisionFeatures[] features = _model.Vision.Encode(pixels, everybodyLeft.Token);
        double milliseconds = Since(started);
        _counters.AddImagesEncoded(features.Length);
        for (int i = 0; i < features.Length; i++)
        {
            // Kept while the requests that wait for them use them.
            VisualCache.Lease lease = _visual.Add(new VisualKey(images[i].ContentHash, null), features[i], features[i].Tokens.Length * sizeof(float));
            EngineJob[] users = [.. images[i].For.Where(_running.Contains)];
            // The first request about an image looks at it; each image has its share of the pass.
            if (users.Length > 0)
                users[0].VisionMilliseconds += milliseconds / features.Length;
            foreach (EngineJob job in users)
            {
                job.VisualLeases.Add(_visual.TryRent(new VisualKey(images[i].ContentHash, null))!);
            }

            lease.Dispose();
        }
    }

    /// <summary>Projects a request's images; one of which something is not there yet, or no more, has its turn in a later round.</summary>
    private void ProjectWhereEncoded(EngineJob job)
    {
        // Used from here on: keeping one image's tokens may push out what nobody uses, and studies let go at any time.
        var held = new List<VisualCache.Lease>();
        try
        {
            foreach (MedicalImage image in job.Images)
            {
                if ((_visual.TryRent(new VisualKey(image.ContentHash, job.Task)) ?? _visual.TryRent(new VisualKey(image.ContentHash, null))) is not { } lease)
                    return;
                held.Add(lease);
            }

            var tokens = new List<VisualTokens>();
            foreach (MedicalImage image in job.Images)
            {
                VisualCache.Lease lease = VisualTokens(job, image);
                job.VisualLeases.Add(lease);
                tokens.Add(lease.As<VisualTokens>());
            }

            (job.VisualTokens, job.Joined) = Connector.VisualTokens.Join(_model.Device, tokens);
            for (int i = 0; i < job.Opened.Count; i++)
            {
                job.Opened[i].Keep(_visual, new VisualKey(job.Images[i].ContentHash, null));
                job.Opened[i].Keep(_visual, new VisualKey(job.Images[i].ContentHash, job.Task));
            }

            BeginPrompt(job);
        }
        catch (UniMedException error)
        {
            Leave(job, error);
        }
        finally
        {
            foreach (VisualCache.Lease lease in held)
                lease.Dispose();
        }
    }

    private static void BeginPrompt(EngineJob job)
    {
        job.IsEncoded = true;
        job.Started = Stopwatch.GetTimestamp();
    }

    private VisualCache.Lease VisualTokens(EngineJob job, MedicalImage image)
    {
        var key = new VisualKey(image.ContentHash, job.Task);
        if (_visual.TryRent(key) is { } known)
        {
            _counters.AddImageHit();
            return known;
        }

        using VisualCache.Lease features = _visual.TryRent(new VisualKey(image.ContentHash, null))!;
        long started = Stopwatch.GetTimestamp();
        UniMedTask[] tasks = TasksAbout(image, job.Task);
        VisualTokens[] tokens = _model.Connector.Project(features.As<VisionFeatures>(), tasks);
        job.ConnectorMilliseconds += Since(started);
        _counters.AddProjection();
        if (job.VisionMilliseconds == 0)
            _counters.AddImageHit();
        for (int other = 1; other < tasks.Length; other++)
            _madeForOthers.Add(_visual.Add(new VisualKey(image.ContentHash, tasks[other]), tokens[other], _model.Connector.BytesPerImage));
        return _visual.Add(key, tokens[0], _model.Connector.BytesPerImage);
    }

    /// <summary>A task, and the other tasks for which requests wait for the same image: those whose turn it is, and of the queue as many as can be kept until then.</summary>
    private UniMedTask[] TasksAbout(MedicalImage image, UniMedTask first)
    {
        var tasks = new List<UniMedTask> { first };
        foreach (EngineJob job in _running)
        {
            if (!job.IsEncoded && job.Images.Any(other => other.ContentHash == image.ContentHash))
                Consider(job.Task);
        }

        foreach (EngineJob job in _queue.Snapshot())
        {
            // The same object: what a queued picture contains is not looked into before its turn.
            if (job.Images.Contains(image) && _visual.CanKeep((tasks.Count + 1) * _model.Connector.BytesPerImage))
                Consider(job.Task);
        }

        return [.. tasks];

        void Consider(UniMedTask task)
        {
            if (!tasks.Contains(task) && !_visual.Contains(new VisualKey(image.ContentHash, task)) && _model.Connector.CanProject(task))
                tasks.Add(task);
        }
    }
}
