using UniMed.Inference;
using UniMed.Inference.Weights.Layout;
using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>The connector's tensors: task tokens, router, and experts or a single projector.</summary>
internal sealed class ConnectorPlanner(TensorPlan plan, TensorPool checkpoint, ConnectorConfig config, VisionConfig vision, int hiddenSize)
{
    /// <summary>Checks that image, resampling and task tokens fit, and plans all tensors.</summary>
    public void Plan()
    {
        CheckTokens();
        if (config is { HasMoe: true, HasRouter: false, RouterType: { } type })
            plan.ExplainUnused(checkpoint, $"{ConnectorLayout.RouterName}.", $"router_type {type.Name()} does not use the router");
        foreach (LayoutTensor tensor in new ConnectorLayout(vision, config, hiddenSize).Tensors)
        {
            string key = tensor.Name[ConnectorLayout.Prefix.Length..];
            if (config.HasMoe && tensor.Name.StartsWith($"{ConnectorLayout.Prefix}{ConnectorLayout.ExpertsName}.", StringComparison.Ordinal))
                PlanExpert(tensor, key);
            else
                plan.Require(tensor, null, new TensorCandidate(checkpoint, key));
        }
    }

    private void CheckTokens()
    {
        int patches = vision.Grid * vision.Grid;
        string image = $"image_size {vision.ImageSize} / patch size {vision.PatchSize} = {vision.Grid} x {vision.Grid} = {patches} patches";
        if (config.ResampleMethod == ResampleMethod.Projection && patches % config.ResampleRate != 0)
            plan.AddProblem($"resample_rate {config.ResampleRate} does not divide {image}; projection joins whole groups of patches.");
        int tokens = ConnectorLayout.TokensOf(vision, config);
        if (tokens == 0)
            plan.AddProblem($"{image} leave no visual token after resample_method {config.ResampleMethod.Name()} (resample_rate {config.ResampleRate}).");
        if (config is { HasRouter: true, RouterMethod: RouterMethod.TaskAndToken or RouterMethod.Task, NumTaskTokens: 0 })
            plan.AddProblem($"router_method {config.RouterMethod.Value.Name()} needs task tokens, but {checkpoint.Description} holds no {ConnectorLayout.TaskTokensName}.*.");
        // The reference joins task and visual tokens whatever the router does with them, so it fails on these for every router.
        else if (config.NumTaskTokens > 0 && config.NumTaskTokens * (long)(patches / config.ResampleRate) != tokens)
        {
            plan.AddProblem(
                $"num_task_tokens {config.NumTaskTokens} x ({patches} patches / resample_rate {config.ResampleRate}) task tokens do not match {tokens} visual tokens "
                + $"({image}, resample_method {config.ResampleMethod.Name()}).");
        }
    }

    /// <summary>The authors' model holds its experts under two names; a file may have either set, or both with the very same tensors.</summary>
    private void PlanExpert(LayoutTensor expert, string key)
    {
        string alias = ConnectorLayout.ProjectorName + key[ConnectorLayout.ExpertsName.Length..];
        if (!checkpoint.TryPeek(key, out SourceTensor? tensor))
        {
            bool isAliased = checkpoint.TryPeek(alias, out _);
            plan.Require(expert, null, new TensorCandidate(checkpoint, isAliased ? alias : key));
            return;
        }

        plan.Require(expert, null, new TensorCandidate(checkpoint, key));
        if (!checkpoint.TryTake(alias, out SourceTensor? copy))
            return;
        if (TensorComparer.AreEqual(tensor, copy))
            plan.AddIgnored(checkpoint.Role, alias, $"the same tensor as {key}");
        else
            plan.AddProblem($"{checkpoint.Description}: \"{key}\" and \"{alias}\" name the same expert layer but differ; they must be the very same tensor.");
    }
}
